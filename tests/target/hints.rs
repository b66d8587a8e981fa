//! The hint after a failed login is true for the server that rejected it, and contains no guesses.

use crate::harness::{DATABASE, Lab, OWNER, Session};

/// The message and the hint of a run that could not log in.
#[track_caller]
fn refused(lab: &Lab, variables: &[(&str, &str)]) -> (String, String) {
    let run = lab.oneroof(["status", "--format", "json"]).without_terminal();
    let run = variables.iter().fold(run, |run, (name, value)| run.variable(name, value));
    let report = run.output().expect_code(7).json();
    let text = |name: &str| report["error"][name].as_str().unwrap_or_default().to_owned();
    (text("message"), text("hint"))
}

#[track_caller]
fn says(lab: &Lab, variables: &[(&str, &str)], server: &str, hint: &str, not: &[&str]) {
    let (message, shown) = refused(lab, variables);
    assert!(message.contains(server), "{message}");
    assert!(shown.contains(hint), "{message}\n{shown}");
    for untrue in not {
        assert!(!shown.contains(untrue), "{message}\n{shown}");
    }
}

const SLOTS: &[&str] = &["All connection slots", "reserved"];

#[test]
fn the_exceeded_connection_limit_is_named() {
    let lab =
        Lab::own(|builder| builder.setting("max_connections", "6").setting("superuser_reserved_connections", "3"));
    lab.admin(&format!("ALTER ROLE {OWNER} CONNECTION LIMIT 0"));
    says(
        &lab,
        &[],
        "too many connections for role",
        "The connection limit of the role \"workflow_admin\" is reached",
        SLOTS,
    );
    lab.admin(&format!("ALTER ROLE {OWNER} CONNECTION LIMIT 1"));
    let mut one = lab.session();
    one.run("SELECT 1");
    says(&lab, &[], "too many connections for role", "ALTER ROLE ... CONNECTION LIMIT", SLOTS);
    drop(one);
    lab.admin(&format!("ALTER ROLE {OWNER} CONNECTION LIMIT -1"));
    lab.admin(&format!("ALTER DATABASE {DATABASE} CONNECTION LIMIT 0"));
    says(
        &lab,
        &[],
        "too many connections for database",
        "The connection limit of the database \"directus\" is reached",
        SLOTS,
    );
    lab.admin(&format!("ALTER DATABASE {DATABASE} CONNECTION LIMIT -1"));
    // The last connection slots are reserved for superusers.
    let hold = |count: usize, user: &str| -> Vec<Session> {
        (0..count)
            .map(|_| {
                let mut session = lab.session_in(DATABASE, user);
                session.run("SELECT 1");
                session
            })
            .collect()
    };
    let ours = hold(3, OWNER);
    says(
        &lab,
        &[],
        "remaining connection slots are reserved",
        "The remaining connection slots are reserved",
        &["All connection slots"],
    );
    let administrator = lab.administrator().to_owned();
    let theirs = hold(3, &administrator);
    says(&lab, &[], "too many clients", "All connection slots are taken", &["reserved"]);
    drop((ours, theirs));
}

#[test]
fn a_database_that_allows_no_connections_is_named() {
    let lab = Lab::own(|builder| builder);
    let administrator = lab.administrator().to_owned();
    // The version is read now, while somebody can still connect, and is kept.
    assert!(lab.major() >= 13);
    let elsewhere = |sql: &str| lab.psql_in("postgres", &administrator, sql);
    elsewhere(&format!("ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false"));
    says(&lab, &[], "not currently accepting connections", "ALLOW_CONNECTIONS", &["psql with the same settings"]);
    elsewhere(&format!("ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS true"));
    elsewhere(&format!(
        "REVOKE CONNECT ON DATABASE {DATABASE} FROM PUBLIC; REVOKE CONNECT ON DATABASE {DATABASE} FROM {OWNER}"
    ));
    says(&lab, &[], "permission denied for database", "needs CONNECT on the database \"directus\"", &[]);
    elsewhere(&format!("GRANT CONNECT ON DATABASE {DATABASE} TO {OWNER}"));
    // The same SQLSTATE, but another privilege is missing.
    says(&lab, &[("PGOPTIONS", "-c log_statement=all")], "log_statement", "Leave it out of options", &["CONNECT"]);
    says(&lab, &[("PGDATABASE", "absent")], "\"absent\" does not exist", "psql -l", &[]);
    says(&lab, &[("PGOPTIONS", "-c nosuch=1")], "nosuch", "psql with the same settings", &["CONNECT"]);
}

#[test]
fn the_hint_for_a_role_without_login_does_not_mention_pg_hba() {
    let lab = Lab::own(|builder| {
        builder
            .access("local all peered peer")
            .access("local all barred reject")
            .access("local all expired scram-sha-256")
            .access(format!("local all {OWNER} trust"))
            .access("local all nologin trust")
            .access("local all absent trust")
            .setting("password_encryption", "scram-sha-256")
    });
    lab.admin("CREATE ROLE nologin; CREATE ROLE barred LOGIN; CREATE ROLE peered LOGIN");
    lab.admin("CREATE ROLE expired LOGIN PASSWORD 'sesame' VALID UNTIL '2001-01-01'");
    says(
        &lab,
        &[("PGUSER", "nologin")],
        "not permitted to log in",
        "The role \"nologin\" must exist and be allowed to log in",
        &["pg_hba", "sudo"],
    );
    says(
        &lab,
        &[("PGUSER", "absent")],
        "does not exist",
        "The role \"absent\" must exist and be allowed to log in",
        &["pg_hba", "sudo"],
    );
    for user in ["barred", "nobody"] {
        says(
            &lab,
            &[("PGUSER", user)],
            "pg_hba.conf",
            "pg_hba.conf: it decides which role may log in from where",
            &["sudo", "peer"],
        );
    }
    says(&lab, &[("PGUSER", "peered")], "Peer authentication failed", "sudo -u \"peered\"", &["decides"]);
    let expired = [("PGUSER", "expired"), ("PGPASSWORD", "sesame")];
    says(
        &lab,
        &expired,
        "password authentication failed",
        "The password came from: environment PGPASSWORD",
        &["wrong"],
    );
    says(&lab, &expired, "password authentication failed", "VALID UNTIL", &[]);
}

#[test]
fn the_hint_is_that_of_the_attempt_that_got_furthest() {
    let lab = Lab::own(oneroof::testing::lab::Builder::tcp);
    let port = lab.cluster().port().to_string();
    let variables = [("PGHOST", "::1,127.0.0.1"), ("PGPORT", port.as_str()), ("PGSSLMODE", "require")];
    says(&lab, &variables, "does not support TLS", "Turn TLS on", &["Check that the server runs"]);
    let variables = [("PGHOST", "127.0.0.1"), ("PGPORT", "1")];
    says(&lab, &variables, "onnection refused", "Check that the server runs on that host", &["socket"]);
}
