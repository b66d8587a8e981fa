//! If the program does not understand a connection string, it stops before it sends anything. The password appears in no output and no
//! file.

use crate::harness::canary::{PASSWORD, assert_silent};
use crate::harness::{DATABASE, Lab, OWNER, Output, Run, Trouble as _};
use std::path::{Path, PathBuf};

/// A server that requires a password and logs every connection and statement.
fn lab() -> Lab {
    Lab::own(|builder| {
        builder
            .tcp()
            .access("local all all scram-sha-256")
            .access("host all all 127.0.0.1/32 scram-sha-256")
            .setting("password_encryption", "scram-sha-256")
            .setting("log_connections", "on")
            .setting("log_statement", "all")
            .setting("log_line_prefix", "%a ")
    })
}

/// The number of connections that the server has received.
fn knocks(lab: &Lab) -> usize {
    lab.cluster().log().matches("connection received").count()
}

/// Asserts that reading commands and a writing command reject the settings with exit code 2, send nothing, and show no password.
#[track_caller]
fn refused(lab: &Lab, what: &str, wrong: impl Fn(Run) -> Run, written: &[&Path]) {
    let before = knocks(lab);
    for words in [
        &["status"][..],
        &["target", "-vv"],
        &["preflight", "--format", "json", "--log-format", "json"],
        &["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes", "-v"],
    ] {
        let run = wrong(lab.sandbox.oneroof(words).variable("RUST_LOG", "trace")).without_terminal();
        let output: Output = run.output();
        assert_eq!(output.code(), Some(2), "{what}: {words:?}\n{}", output.whole());
        assert_silent(&lab.sandbox, &[&output], written);
    }
    assert_eq!(knocks(lab), before, "{what}: the program connected to the server");
    assert!(!lab.cluster().log().contains(PASSWORD), "{what}: the password is in the server's log");
}

#[test]
fn a_connection_string_of_another_form_is_refused_and_not_repeated() {
    let lab = lab();
    let at = format!("127.0.0.1:{}", lab.cluster().port());
    let good = format!("postgresql://{OWNER}:{PASSWORD}@{at}/{DATABASE}");
    let strings = [
        format!("postgresql+psycopg2://{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        format!("postgres+asyncpg://{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        format!("jdbc:postgresql://{at}/{DATABASE}?user={OWNER}&password={PASSWORD}"),
        format!("mysql://{OWNER}:{PASSWORD}@{at}/{DATABASE}?ssl=true"),
        format!("psql://{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        good.replacen("postgresql", "POSTGRESQL", 1),
        good.replacen("postgresql", "Postgres", 1),
        format!(" {good}"),
        format!("\t{good}"),
        format!("\n{good}"),
        format!("\u{feff}{good}"),
        format!("\u{a0}{good}"),
        format!("'{good}'"),
        format!("\"{good}\""),
        format!("<{good}>"),
        format!("url={good}"),
        format!("host=127.0.0.1 {good}"),
        format!("dbname='{good} '"),
        format!("{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        format!("//{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        format!("postgresql:/{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        format!("postgresql//{OWNER}:{PASSWORD}@{at}/{DATABASE}"),
        format!("postgresql://{OWNER}:{PASSWORD}"),
        format!("postgresql://{OWNER}@{PASSWORD}@{at}/{DATABASE}"),
        format!("postgresql://{OWNER}:@{PASSWORD}/x@{at}/{DATABASE}"),
        format!("postgresql://{at}/{DATABASE};password={PASSWORD}"),
        format!("Server=127.0.0.1;Database={DATABASE};User Id={OWNER};Password={PASSWORD}"),
        format!("host=127.0.0.1;user={OWNER};password={PASSWORD}"),
        format!("host=127.0.0.1,user={OWNER},password={PASSWORD}"),
        format!("host=127.0.0.1 user={OWNER}\\ password={PASSWORD}"),
        format!("host=127.0.0.1 pasword={PASSWORD}"),
        format!("host=127.0.0.1 password {PASSWORD}"),
        format!("host 127.0.0.1 password {PASSWORD}"),
        format!("127.0.0.1:5432:{DATABASE}:{OWNER}:{PASSWORD}"),
        format!("{OWNER}/{PASSWORD}@//{at}/{DATABASE}"),
        format!("{{\"host\": \"127.0.0.1\", \"password\": \"{PASSWORD}\"}}"),
    ];
    for string in &strings {
        for option in ["--dsn", "-d"] {
            refused(&lab, &format!("{option} {string}"), |run| run.arguments([option, string]), &[]);
        }
    }
    // The hint shows a correct form, and this form works.
    let output = lab.sandbox.oneroof(["status", "-d", &strings[0]]).output().expect_code(2);
    let _ = output
        .expect_stdout("its scheme is neither postgresql:// nor postgres://")
        .expect_stdout("postgresql://app@db");
    lab.admin(&format!("ALTER ROLE {OWNER} PASSWORD '{PASSWORD}'"));
    let shown = lab.sandbox.oneroof(["status", "-d", &good]).output().expect_success();
    assert_silent(&lab.sandbox, &[&shown], &[]);
}

#[test]
fn a_password_in_the_place_of_another_setting_is_refused_and_not_repeated() {
    let lab = lab();
    let port = lab.cluster().port();
    let good = format!("postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}");
    let (host, user, port) = ("127.0.0.1", OWNER, port.to_string());
    let base = |run: Run| {
        run.variable("PGHOST", host).variable("PGPORT", &port).variable("PGUSER", user).variable("PGDATABASE", DATABASE)
    };
    for flag in ["--host", "-p", "-U", "--role", "--via"] {
        refused(&lab, flag, |run| base(run).arguments([flag, &good]), &[]);
    }
    for variable in [
        "PGHOST",
        "PGPORT",
        "PGUSER",
        "PGDATABASE",
        "PGHOSTADDR",
        "PGSERVICE",
        "PGAPPNAME",
        "PGOPTIONS",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "PGCONNECT_TIMEOUT",
        "PGTARGETSESSIONATTRS",
        "PGREQUIREPEER",
        "PGPASSFILE",
    ] {
        refused(&lab, variable, |run| base(run).variable(variable, &good), &[]);
    }
    let account = format!("{OWNER}:{PASSWORD}");
    refused(&lab, "-U name:password", |run| base(run).arguments(["-U", &account]), &[]);
    for words in [["--profile", good.as_str()], ["--profile", account.as_str()]] {
        refused(&lab, "--profile", |run| base(run).arguments(words), &[]);
    }
    // -W and --password take no value. They make the program ask for the password.
    for words in [&["-W", PASSWORD][..], &["--password", PASSWORD], &["-wW", PASSWORD]] {
        refused(&lab, "-W password", |run| base(run).arguments(words), &[]);
    }
    let glued = format!("--password={PASSWORD}");
    refused(&lab, "--password=", |run| base(run).argument(&glued), &[]);
    refused(&lab, "-p as another program's", |run| base(run).argument(format!("-p{PASSWORD}")), &[]);
    for words in [&["-h", good.as_str()][..], &[good.as_str()], &["--format", good.as_str()]] {
        refused(&lab, "another word", |run| base(run).arguments(words), &[]);
    }
}

#[test]
fn a_password_in_the_wrong_place_of_a_file_is_refused_and_not_repeated() {
    let lab = lab();
    let good = format!("postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{}/{DATABASE}", lab.cluster().port());
    let path: PathBuf = lab.sandbox.work().join("file");
    for text in [
        good.clone(),
        format!("{good}?x=y"),
        format!("host={good}"),
        format!("dbname={good}"),
        format!("user={OWNER}:{PASSWORD}"),
        format!("application_name={good}"),
        format!("pasword={PASSWORD}"),
        format!("password {PASSWORD}"),
        format!("password : {PASSWORD}"),
        format!("host=127.0.0.1;password={PASSWORD}"),
    ] {
        std::fs::write(&path, format!("[production]\n{text}\n")).unwrap();
        let by_service = |run: Run| run.variable("PGSERVICEFILE", &path).variable("PGSERVICE", "production");
        refused(&lab, &text, by_service, &[&path]);
    }
    for text in [
        format!("host = \"{good}\""),
        format!("dbname = \"{good}\""),
        format!("user = \"{OWNER}:{PASSWORD}\""),
        format!("role = \"{good}\""),
        format!("via = \"{good}\""),
        format!("dsn = \"{good}\""),
        format!("\"{good}\" = 1"),
        format!("host = \"db\"\npassword = \"{PASSWORD}\""),
        format!("host = \"db\"\npassword = {PASSWORD}"),
        format!("host = {good}"),
        good.clone(),
    ] {
        std::fs::write(&path, format!("[profile.production]\n{text}\n")).unwrap();
        refused(&lab, &text, |run| run.arguments(["--config", "file", "--profile", "production"]), &[&path]);
    }
    // A password file is given in place of a profile or service file.
    std::fs::write(&path, format!("*:*:*:*:{PASSWORD}\n")).unwrap();
    refused(&lab, "config", |run| run.arguments(["--config", "file", "--profile", "production"]), &[&path]);
    refused(&lab, "service", |run| run.variable("PGSERVICEFILE", &path).variable("PGSERVICE", "production"), &[&path]);
}

#[test]
fn a_command_with_a_password_in_it_is_run_and_not_shown() {
    let lab = lab();
    lab.admin(&format!("ALTER ROLE {OWNER} PASSWORD NULL"));
    for command in [
        format!("SSHPASS={PASSWORD} nosuch ssh db"),
        format!("exec nosuch -p {PASSWORD} ssh db"),
        format!("'{PASSWORD}'=1 nosuch"),
    ] {
        let run = |words: &[&str]| lab.sandbox.oneroof(words).arguments(["--via", &command]).without_terminal();
        let shown = run(&["target", "-v"]).output().expect_success().expect_stdout("via");
        assert_silent(&lab.sandbox, &[&shown], &[]);
    }
    let command = format!("true {PASSWORD}");
    let failed = lab.sandbox.oneroof(["status", "--via", &command]).output().expect_code(7).expect_stdout("true ...");
    assert_silent(&lab.sandbox, &[&failed], &[]);
}

#[test]
fn values_of_an_applications_settings_are_sent_and_not_shown() {
    let lab = lab();
    lab.admin(&format!("ALTER ROLE {OWNER} PASSWORD '{PASSWORD}'"));
    let options = format!("-c app.token={PASSWORD} -c search_path=public");
    let output = lab.oneroof(["target"]).variable("PGOPTIONS", &options).output().expect_success();
    assert_silent(&lab.sandbox, &[&output], &[]);
    let _ = output.expect_stdout("-c app.token=*** -c search_path=public");
    let output = lab.oneroof(["status"]).variable("PGOPTIONS", &options).output().expect_success();
    assert_silent(&lab.sandbox, &[&output], &[]);
}
