//! Passwords and files that are not UTF-8. libpq reads and sends bytes unchanged, and so does the program.

use crate::harness::{Lab, OWNER, key};
use crate::server::{Folder, Server, Setup, psql};
use crate::support::{WHERE, environment, land};
use oneroof::testing::pg::conninfo::{ConnectionOptions, Environment, TargetError, resolve};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The password in Latin-1. All roles have the same password and log in with different methods.
const PASSWORD: &[u8] = b"p\xe4ss w\xf6rd";
const ROLES: [&str; 3] = ["scram", "digest", "clear"];
const HBA: &str = "\
local all scram  scram-sha-256
local all digest md5
local all clear  password
local all all    trust
";

/// A server whose roles have passwords that are not UTF-8, as old clients set them.
fn server() -> Server {
    let server = Server::start(&Setup { name: "bytes", hba: HBA, ..Setup::default() });
    server
        .admin("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        .expect("a database");
    let dsn = format!("host={} port={} user=postgres dbname=bytes", server.socket(), server.port);
    for role in ROLES {
        let encryption = if role == "digest" { "md5" } else { "scram-sha-256" };
        let sql =
            format!("SET password_encryption = '{encryption}'; CREATE ROLE {role} LOGIN PASSWORD E'p\\xe4ss w\\xf6rd'");
        crate::support::run_psql(&["-d", &dsn], &[], &sql).expect("a role can be made");
    }
    server
}

fn write(path: PathBuf, content: &[u8]) -> PathBuf {
    std::fs::write(&path, content).expect("a file can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode can be set");
    path
}

/// The settings of a connection to the server as one role.
struct Way<'text> {
    server: &'text Server,
    role: &'text str,
    home: Folder,
}

impl<'text> Way<'text> {
    fn new(server: &'text Server, role: &'text str) -> Self {
        Self { server, role, home: Folder::new("bytes") }
    }

    fn variables(&self, more: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
        let given = [
            ("HOME", self.home.0.display().to_string()),
            ("PGHOST", self.server.socket()),
            ("PGPORT", self.server.port.to_string()),
            ("PGUSER", self.role.to_owned()),
            ("PGDATABASE", "postgres".to_owned()),
        ];
        let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
        given.chain(more.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()))).collect()
    }

    fn environment(&self, more: &[(&str, &[u8])]) -> Environment {
        let mut environment = environment(&[]);
        for (name, value) in self.variables(more) {
            environment.variables.insert(name.into(), OsStr::from_bytes(&value).to_owned());
        }
        environment
    }

    fn psql(&self, more: &[(&str, &[u8])]) -> bool {
        let variables = self.variables(more);
        let variables = variables.iter().map(|(name, value)| (name.as_str(), OsStr::from_bytes(value)));
        let output = Command::new(psql())
            .args(["-X", "-w", "-c", WHERE])
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .output();
        output.expect("psql runs").status.success()
    }

    /// Asserts that psql and the program can both log in, or that neither can.
    #[track_caller]
    fn both(&self, what: &str, options: &ConnectionOptions, more: &[(&str, &[u8])], enter: bool) {
        let ours = land(options, &self.environment(more));
        assert_eq!((self.psql(more), ours.is_ok()), (enter, enter), "{} {what}: {ours:?}", self.role);
    }
}

fn line(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn a_password_that_is_not_utf8_logs_in_from_every_place() {
    let server = server();
    let none = ConnectionOptions::default();
    for role in ROLES {
        let way = Way::new(&server, role);
        way.both("PGPASSWORD", &none, &[("PGPASSWORD", PASSWORD)], true);
        way.both("another one", &none, &[("PGPASSWORD", b"p\xc3\xa4ss w\xc3\xb6rd")], false);
        let named = write(way.home.0.join("named"), &line(&[b"*:*:*:*:", PASSWORD, b"\n"]));
        way.both("PGPASSFILE", &none, &[("PGPASSFILE", named.as_os_str().as_bytes())], true);
        let text = line(&[b"# gr\xf6\xdfe\n[x]\nuser=nobody\n[s]\n# \xff\npassword=", PASSWORD, b"\n"]);
        let services = write(way.home.0.join("services"), &text);
        way.both("a service", &none, &[("PGSERVICEFILE", services.as_os_str().as_bytes()), ("PGSERVICE", b"s")], true);
        let home = write(way.home.0.join(".pgpass"), &line(&[b"*:*:*:", role.as_bytes(), b":", PASSWORD]));
        way.both(".pgpass", &none, &[], true);
        std::fs::remove_file(home).expect("it is there");
        // In a URI the password is percent-encoded. psql gets the URI as an argument, and so does the program.
        let uri = format!("postgresql:///postgres?password=p%E4ss%20w%F6rd&user={role}");
        let options = ConnectionOptions { dsn: Some(uri.as_str().into()), ..ConnectionOptions::default() };
        land(&options, &way.environment(&[])).expect("the login succeeds");
        let more = [("PGHOST".to_owned(), server.socket()), ("PGPORT".to_owned(), server.port.to_string())];
        crate::support::run_psql(&["-d", &uri], &more, WHERE).expect("psql logs in");
    }
}

#[test]
fn lines_of_a_password_file_that_are_not_utf8_hide_no_other_line() {
    let server = server();
    let none = ConnectionOptions::default();
    let good = line(&[b"*:*:*:scram:", PASSWORD, b"\n"]);
    let way = Way::new(&server, "scram");
    let table: [(&str, Vec<u8>, bool); 9] = [
        ("a comment in Latin-1", line(&[b"# gr\xf6\xdfe\n", &good]), true),
        ("another host in Latin-1", line(&[b"h\xf6st:*:*:*:wrong\n", &good]), true),
        ("another user in Latin-1", line(&[b"*:*:*:m\xfcller:wrong\n", &good]), true),
        ("another database in Latin-1", line(&[b"*:*:d\xe4ta:*:wrong\n", &good]), true),
        ("ends of Windows", line(&[b"# x\r\n*:*:*:scram:", PASSWORD, b"\r\n"]), true),
        ("two carriage returns", line(&[b"*:*:*:scram:", PASSWORD, b"\r\r\n"]), true),
        ("a byte order mark before the only line", line(&[b"\xef\xbb\xbf", &good]), false),
        ("a byte order mark before a comment", line(&[b"\xef\xbb\xbf# x\n", &good]), true),
        ("an escaped byte", b"*:*:*:scram:p\\\xe4ss w\\\xf6rd\n".to_vec(), true),
    ];
    for (what, content, enter) in table {
        write(way.home.0.join(".pgpass"), &content);
        way.both(what, &none, &[], enter);
    }
}

fn notes(file: &Path, content: &[u8]) -> Vec<String> {
    write(file.to_owned(), content);
    let options = ConnectionOptions { dsn: Some("host=/tmp".into()), ..ConnectionOptions::default() };
    let environment = environment(&[]).with("PGPASSFILE", file.to_str().expect("a plain path"));
    resolve(&options, &environment).expect("the settings resolve").notes
}

#[test]
fn what_hides_a_line_of_a_password_file_is_named() {
    let folder = Folder::new("bytes");
    let file = folder.0.join("passwords");
    let marked = notes(&file, b"\xef\xbb\xbf*:*:*:*:x\n");
    assert!(marked[0].contains("begins with a byte order mark"), "{marked:?}");
    let zero = notes(&file, b"# x\n*:*:*:*:a\0b\n*:*:*:*:c\n");
    assert!(zero[0].contains("line 2 holds a zero byte and is ignored"), "{zero:?}");
    let plain = notes(&file, b"# gr\xf6\xdfe\n*:*:*:*:p\xe4\n");
    assert!(plain.is_empty(), "{plain:?}");
}

#[test]
fn every_other_value_that_is_not_utf8_is_named_with_its_place() {
    let folder = Folder::new("bytes");
    let named = |options: &ConnectionOptions, environment: &Environment, words: &str| {
        let error = resolve(options, environment).expect_err(words);
        assert!(error.to_string().contains(words) && error.to_string().contains("UTF-8"), "{error}");
        assert!(matches!(error, TargetError::NotText { .. }), "{error:?}");
    };
    let mut latin = environment(&[]);
    latin.variables.insert("PGDATABASE".into(), OsStr::from_bytes(b"d\xe4ta").to_owned());
    named(&ConnectionOptions::default(), &latin, "environment PGDATABASE: the value of dbname");
    // A value that is not used may contain any bytes.
    let options = ConnectionOptions { dbname: Some("other".into()), ..ConnectionOptions::default() };
    resolve(&options, &latin).expect("the flag wins");
    let services = write(folder.0.join("services"), b"[s]\npassword=p\xe4\nuser=m\xfcller\n");
    let service = environment(&[]).with("PGSERVICEFILE", services.to_str().expect("a path")).with("PGSERVICE", "s");
    named(&ConnectionOptions::default(), &service, "services:3): the value of user");
    let dsn = |bytes: &[u8]| ConnectionOptions {
        dsn: Some(OsStr::from_bytes(bytes).to_owned().into()),
        ..ConnectionOptions::default()
    };
    named(&dsn(b"host=/tmp password=p\xe4"), &environment(&[]), "--dsn");
    named(&dsn(b"postgresql://m%FCller@/x"), &environment(&[]), "the value of user");
    let zero = write(folder.0.join("zero"), b"[s]\npassword=p\0q\n");
    let service = environment(&[]).with("PGSERVICEFILE", zero.to_str().expect("a path")).with("PGSERVICE", "s");
    let error = resolve(&ConnectionOptions::default(), &service).expect_err("a zero byte");
    assert!(error.to_string().contains("zero:2: the line holds a zero byte"), "{error}");
    let marked = write(folder.0.join("marked"), b"\xef\xbb\xbf[s]\nhost=/tmp\n");
    let service = environment(&[]).with("PGSERVICEFILE", marked.to_str().expect("a path")).with("PGSERVICE", "s");
    let error = resolve(&ConnectionOptions::default(), &service).expect_err("the section is hidden");
    assert!(error.to_string().contains("a byte order mark hides the first line"), "{error}");
}

#[test]
fn a_password_that_is_not_utf8_is_typed_at_the_terminal() {
    let lab = Lab::with_password();
    lab.admin("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    let administrator = lab.administrator().to_owned();
    lab.psql_in("bytes", &administrator, &format!("ALTER ROLE {OWNER} PASSWORD E'p\\xe4ss w\\xf6rd'"));
    let mut terminal = lab.oneroof(["status"]).without_variable("PGPASSWORD").on_terminal(50, 100);
    terminal.wait_for("Password for user");
    terminal.wait_for_echo(false);
    terminal.enter(PASSWORD);
    terminal.enter(key::ENTER);
    let _ = terminal.finish().expect_success();
}
