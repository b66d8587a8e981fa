//! The same settings for psql and for the program: both must connect to the same place, or both must fail.

mod cases;
mod files;
mod strings;

use crate::server::{Folder, Server, Setup};
use crate::support::{Refusal, WHERE, environment, land, run_psql};
use crate::tls::certificates::Authority;
use cases::Case;
use oneroof::testing::pg::conninfo::{ConnectionOptions, Environment};

const HBA: &str = "\
local     all pw,clear,\"we:ird\\\" scram-sha-256
hostssl   all tlsonly   all trust
host      all tlsonly   all reject
hostnossl all plainonly all trust
host      all plainonly all reject
host      all pw        all scram-sha-256
host      all clear     all password
host      all md5pw     all md5
local     all all           trust
host      all all       all trust
";

const ROLES: &[&str] = &[
    "CREATE ROLE app LOGIN",
    "CREATE DATABASE app",
    "CREATE DATABASE \"a b=c\"",
    "CREATE DATABASE pw",
    "CREATE ROLE pw LOGIN PASSWORD 'sesame'",
    "CREATE ROLE clear LOGIN PASSWORD 'open'",
    "SET password_encryption = md5; CREATE ROLE md5pw LOGIN PASSWORD 'old'",
    "CREATE ROLE tlsonly LOGIN",
    "CREATE ROLE plainonly LOGIN",
    "CREATE ROLE \"we:ird\\\" LOGIN PASSWORD 'x'",
];

struct World {
    a: Server,
    b: Server,
}

impl World {
    fn start(sockets: Option<&str>) -> Self {
        let authority = Authority::new("the authority");
        let (chain, key) = authority.issue(&["localhost", "db.test"]);
        let a = Server::start(&Setup { name: "a", hba: HBA, tls: Some((&chain, &key)), sockets, ..Setup::default() });
        let b = Server::start(&Setup { name: "b", hba: HBA, ..Setup::default() });
        for server in [&a, &b] {
            for sql in ROLES {
                server.admin(sql).expect("roles and databases can be made");
            }
            let account = Environment::of_process().account.expect("tests run under an account");
            // Rows that name no role use the account that runs the tests, so this account needs a role.
            if account.name != "postgres" {
                let name = account.name;
                let sql = format!("CREATE ROLE \"{name}\" LOGIN");
                server.admin(&sql).expect("a role can be made");
                let sql = format!("CREATE DATABASE \"{name}\"");
                server.admin(&sql).expect("a database can be made");
            }
        }
        Self { a, b }
    }

    fn fill(&self, text: &str, home: &Folder) -> String {
        let account = if rustix::process::geteuid().is_root() {
            "postgres".to_owned()
        } else {
            Environment::of_process().account.expect("tests run under an account").name
        };
        text.replace("{S}", &self.a.socket())
            .replace("{S%}", &self.a.socket().replace('/', "%2F"))
            .replace("{A}", &self.a.port.to_string())
            .replace("{T}", &self.b.socket())
            .replace("{B}", &self.b.port.to_string())
            .replace("{H}", &home.0.display().to_string())
            .replace("{SERVER_ACCOUNT}", &account)
    }

    /// Runs one row with psql and with the program. The error describes the difference.
    fn compare(&self, case: &Case) -> Result<bool, String> {
        let home = Folder::new("home");
        for (name, mode, content) in case.files {
            home.write(name, *mode, &self.fill(content, &home));
        }
        let arguments: Vec<String> = case.arguments.iter().map(|text| self.fill(text, &home)).collect();
        let mut variables: Vec<(String, String)> =
            case.variables.iter().map(|(name, value)| ((*name).to_owned(), self.fill(value, &home))).collect();
        variables.push(("HOME".to_owned(), home.0.display().to_string()));
        let borrowed: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let theirs = run_psql(&borrowed, &variables, WHERE);
        let ours = land(&options(&borrowed), &environment(&variables));
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) if theirs == ours => Ok(true),
            (Err(theirs), Err(ours)) if same_refusal(&theirs, &ours) => Ok(false),
            (theirs, ours) => {
                let ours = ours.map_err(|error| error.to_string());
                Err(format!("{arguments:?} {variables:?}\n  psql {theirs:?}\n  ours {ours:?}"))
            }
        }
    }

    fn compare_all(&self, theme: &str, cases: &[Case]) -> usize {
        let results: Vec<_> = cases.iter().map(|case| self.compare(case)).collect();
        let differences: Vec<_> = results.iter().filter_map(|result| result.as_ref().err().cloned()).collect();
        assert!(differences.is_empty(), "{theme}:\n{}", differences.join("\n"));
        let landed = results.iter().filter(|result| **result == Ok(true)).count();
        println!("{theme}: {landed} landed in the same place, {} refused", results.len() - landed);
        results.len()
    }
}

/// Whether both failed for the same reason: with the same message of the server, or without any message of the server.
fn same_refusal(theirs: &str, ours: &Refusal) -> bool {
    match ours.server_message() {
        Some(message) => theirs.contains(&format!("FATAL:  {message}")),
        None => !theirs.contains("FATAL:"),
    }
}

/// psql's arguments as the program's options.
fn options(arguments: &[&str]) -> ConnectionOptions {
    let mut options = ConnectionOptions::default();
    for pair in arguments.chunks(2) {
        let [flag, value] = pair else { panic!("arguments come in pairs: {arguments:?}") };
        let value = Some((*value).into());
        match *flag {
            "-d" => options.dbname = value,
            "-h" => options.host = value,
            "-p" => options.port = value,
            "-U" => options.username = value,
            other => panic!("no such flag in the tables: {other}"),
        }
    }
    options
}

#[test]
fn the_same_settings_lead_to_the_same_server_as_psql() {
    let world = World::start(None);
    let count = world.compare_all("connection strings", strings::CONNECTION_STRINGS)
        + world.compare_all("URIs", strings::URIS)
        + world.compare_all("host lists", cases::HOST_LISTS)
        + world.compare_all("flags and variables", cases::FLAGS_AND_VARIABLES)
        + world.compare_all("password files", files::PASSWORD_FILES)
        + world.compare_all("service files", files::SERVICES);
    assert!(count >= 60, "the tables hold {count} rows");
    println!("{count} settings compared");
}

#[test]
fn the_default_socket_is_found_where_psql_finds_it() {
    let folder = "/var/run/postgresql";
    let probe = std::process::Command::new("test").args(["-w", folder]).status();
    if !probe.is_ok_and(|status| status.success()) {
        println!("skipped: {folder} is not writable here, so no server can have a socket there");
        return;
    }
    let world = World::start(Some(folder));
    world.compare_all("default socket", files::DEFAULT_SOCKET);
}
