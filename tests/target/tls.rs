//! TLS with real servers and certificates that the tests make. Each case is compared with psql.

pub(crate) mod certificates;
mod foreign;

use crate::server::{Folder, Server, Setup};
use crate::support::{Refusal, WHERE, environment, land, run_psql};
use certificates::{Authority, signed_with, version_1};
use oneroof::testing::pg::conninfo::ConnectionOptions;
use oneroof::testing::pg::dial::{DialError, ReachError};
use oneroof::testing::pg::tls::TlsError;

const HBA: &str = "\
local   all all              trust
hostssl all withcert all cert
hostssl all pw       all scram-sha-256
hostssl all all      all trust
";

/// A home folder, and the files that a connection may name.
struct Client {
    home: Folder,
}

impl Client {
    fn new() -> Self {
        Self { home: Folder::new("client") }
    }

    fn file(&self, name: &str, mode: u32, content: &str) -> String {
        self.home.write(name, mode, content).display().to_string()
    }

    fn ours(&self, dsn: &str) -> Result<String, Refusal> {
        let options = ConnectionOptions { dsn: Some(dsn.into()), ..Default::default() };
        land(&options, &environment(&self.variables()))
    }

    fn variables(&self) -> Vec<(String, String)> {
        vec![("HOME".to_owned(), self.home.0.display().to_string())]
    }

    /// psql and the program both connect, to the same place.
    fn both_enter(&self, dsn: &str) {
        let theirs = run_psql(&["-d", dsn], &self.variables(), WHERE);
        let theirs = theirs.unwrap_or_else(|error| panic!("psql with {dsn}: {error}"));
        let ours = self.ours(dsn).unwrap_or_else(|error| panic!("ours with {dsn}: {error}"));
        assert_eq!(ours, theirs, "{dsn}");
    }

    /// psql and the program both fail. Returns the program's TLS error.
    fn both_refuse(&self, dsn: &str) -> TlsError {
        let theirs = run_psql(&["-d", dsn], &self.variables(), WHERE);
        assert!(theirs.is_err(), "psql entered with {dsn}: {theirs:?}");
        self.refused(dsn)
    }

    /// The program fails with a TLS error.
    fn refused(&self, dsn: &str) -> TlsError {
        let error = self.ours(dsn).expect_err(dsn);
        match &error {
            Refusal::Reach(ReachError::Dial { attempts }) => match attempts.as_slice() {
                [DialError::Tls { source, .. }] => source.clone(),
                other => panic!("{dsn}: {other:?}"),
            },
            _ => panic!("{dsn}: {error}"),
        }
    }
}

fn server(name: &str, chain: &str, key: &str, client_ca: Option<&str>) -> Server {
    let server = Server::start(&Setup { name, hba: HBA, tls: Some((chain, key)), client_ca, ..Setup::default() });
    server.admin("CREATE ROLE app LOGIN").expect("a role can be made");
    server.admin("CREATE ROLE pw LOGIN PASSWORD 'sesame'").expect("a role can be made");
    server.admin("CREATE ROLE withcert LOGIN").expect("a role can be made");
    server
}

fn to(server: &Server, host: &str) -> String {
    format!("host={host} hostaddr=127.0.0.1 port={} user=app dbname=postgres", server.port)
}

#[test]
fn a_good_certificate_passes_every_mode_and_a_wrong_one_only_modes_without_a_check() {
    let authority = Authority::new("the authority");
    let other = Authority::new("another authority");
    let (chain, key) = authority.issue(&["db.test", "*.wild.test", "127.0.0.1"]);
    let server = server("good", &chain, &key, None);
    let client = Client::new();
    let root = client.file("root.pem", 0o644, authority.pem());
    let both = client.file("both.pem", 0o644, &format!("{}{}", other.pem(), authority.pem()));
    let wrong = client.file("wrong.pem", 0o644, other.pem());
    let good = to(&server, "db.test");

    for mode in ["allow", "prefer", "require", "verify-ca", "verify-full"] {
        client.both_enter(&format!("{good} sslmode={mode} sslrootcert={root}"));
        client.both_enter(&format!("{good} sslmode={mode} sslrootcert={both}"));
    }
    client.both_enter(&format!("{good} sslmode=require"));
    client.both_enter(&format!("{good} sslmode=verify-full sslrootcert={root} sslsni=0"));
    for host in ["DB.test", "a.wild.test", "127.0.0.1"] {
        let dsn = to(&server, host);
        client.both_enter(&format!("{dsn} sslmode=verify-full sslrootcert={root}"));
    }
    // A root certificate that does not match makes every mode fail, including `require`.
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = client.both_refuse(&format!("{good} sslmode={mode} sslrootcert={wrong}"));
        assert!(matches!(error, TlsError::UnknownIssuer { .. }), "{error}");
        assert!(error.to_string().contains("wrong.pem") && !error.hint().is_empty(), "{error}");
    }
    for host in ["other.test", "a.b.wild.test", "wild.test", "127.0.0.2"] {
        let dsn = to(&server, host);
        client.both_enter(&format!("{dsn} sslmode=verify-ca sslrootcert={root}"));
        let error = client.both_refuse(&format!("{dsn} sslmode=verify-full sslrootcert={root}"));
        assert!(matches!(error, TlsError::WrongName { .. }), "{error}");
        assert!(error.to_string().contains("db.test"), "{error}");
    }
    // If there is no root certificate to verify with, the message names the missing file.
    for mode in ["verify-ca", "verify-full"] {
        let error = client.both_refuse(&format!("{good} sslmode={mode}"));
        assert!(error.to_string().contains(".postgresql/root.crt"), "{error}");
        let error = client.both_refuse(&format!("{good} sslmode={mode} sslrootcert=/nowhere"));
        assert!(matches!(error, TlsError::File { .. }), "{error}");
    }
    // The program is stricter than psql: if a root file was named and does not exist, it fails.
    let error = client.refused(&format!("{good} sslmode=require sslrootcert=/nowhere"));
    assert!(error.to_string().contains("\"/nowhere\""), "{error}");
    let empty = client.file("empty.pem", 0o644, "nothing\n");
    client.both_refuse(&format!("{good} sslmode=verify-ca sslrootcert={empty}"));
}

#[test]
fn a_root_file_in_the_home_folder_makes_require_verify() {
    let authority = Authority::new("the authority");
    let (chain, key) = authority.issue(&["db.test"]);
    let server = server("home", &chain, &key, None);
    let good = to(&server, "db.test");
    let client = Client::new();
    client.file(".postgresql/root.crt", 0o644, Authority::new("another").pem());
    let error = client.both_refuse(&format!("{good} sslmode=require"));
    assert!(matches!(error, TlsError::UnknownIssuer { .. }), "{error}");
    client.file(".postgresql/root.crt", 0o644, authority.pem());
    client.both_enter(&format!("{good} sslmode=require"));
    client.both_enter(&format!("{good} sslmode=verify-full"));
}

#[test]
fn an_expired_or_future_certificate_is_refused() {
    let authority = Authority::new("the authority");
    let client = Client::new();
    let root = client.file("root.pem", 0o644, authority.pem());
    for (from, until, word) in [(2001, 2002, "expired"), (2070, 2071, "not valid yet")] {
        let (chain, key) = authority.issue_with(&["db.test"], |parameters| {
            parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        });
        let server = server("time", &chain, &key, None);
        let good = to(&server, "db.test");
        client.both_enter(&format!("{good} sslmode=require"));
        for mode in ["verify-ca", "verify-full"] {
            let error = client.both_refuse(&format!("{good} sslmode={mode} sslrootcert={root}"));
            assert!(matches!(error, TlsError::WrongTime { .. }), "{error}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

#[test]
fn certificates_made_as_in_the_manual_are_accepted_like_in_psql() {
    let authority = Authority::new("the authority");
    let client = Client::new();
    let root = client.file("root.pem", 0o644, authority.pem());

    // An authority signed the certificate. It is of version 1, and the host is only its common name.
    let (chain, key) = version_1(&authority, "db.test");
    let old = server("old", &chain, &key, None);
    let good = to(&old, "db.test");
    client.both_enter(&format!("{good} sslmode=require"));
    client.both_enter(&format!("{good} sslmode=verify-full sslrootcert={root}"));
    client.both_enter(&format!("{good} sslmode=verify-full sslrootcert={root} ssl_max_protocol_version=TLSv1.2"));
    let dsn = to(&old, "other.test");
    client.both_enter(&format!("{dsn} sslmode=verify-ca sslrootcert={root}"));
    let error = client.both_refuse(&format!("{dsn} sslmode=verify-full sslrootcert={root}"));
    assert!(matches!(error, TlsError::WrongName { .. }), "{error}");
    // An authority with the same name and another key.
    let imposter = client.file("imposter.pem", 0o644, Authority::new("the authority").pem());
    let error = client.both_refuse(&format!("{good} sslmode=verify-ca sslrootcert={imposter}"));
    assert!(matches!(error, TlsError::UnknownIssuer { .. }), "{error}");

    // The certificate is self-signed and an authority at the same time. The server's certificate is the root.
    let own = Authority::for_any_use("db.test");
    let lone = server("lone", own.pem(), &own.key_pem(), None);
    let itself = client.file("lone.pem", 0o644, own.pem());
    let good = to(&lone, "db.test");
    client.both_enter(&format!("{good} sslmode=verify-full sslrootcert={itself}"));
    let dsn = to(&lone, "other.test");
    client.both_enter(&format!("{dsn} sslmode=verify-ca sslrootcert={itself}"));
    let error = client.both_refuse(&format!("{dsn} sslmode=verify-full sslrootcert={itself}"));
    assert!(matches!(error, TlsError::WrongName { .. }), "{error}");
    client.both_refuse(&format!("{good} sslmode=verify-ca sslrootcert={root}"));
    let twin = client.file("twin.pem", 0o644, Authority::for_any_use("db.test").pem());
    client.both_refuse(&format!("{good} sslmode=verify-ca sslrootcert={twin}"));
}

#[test]
fn a_client_certificate_logs_in_and_an_exposed_key_does_not() {
    let authority = Authority::new("the authority");
    let (chain, key) = authority.issue(&["db.test"]);
    let server = server("certs", &chain, &key, Some(authority.pem()));
    let good = to(&server, "db.test").replace("user=app", "user=withcert");
    let client = Client::new();
    let (certificate, key) = authority.issue_client("withcert");
    let certificate = client.file("client.crt", 0o644, &certificate);
    let key_file = client.file("client.key", 0o600, &key);
    let pair = format!("{good} sslmode=require sslcert={certificate} sslkey={key_file}");
    client.both_enter(&pair);
    let exposed = client.file("exposed.key", 0o644, &key);
    let dsn = format!("{good} sslmode=require sslcert={certificate} sslkey={exposed}");
    let error = client.both_refuse(&dsn);
    assert!(matches!(error, TlsError::KeyExposed { .. }), "{error}");
    let dsn = format!("{good} sslmode=require sslcert={certificate} sslkey=/nowhere");
    assert!(matches!(client.both_refuse(&dsn), TlsError::File { .. }));

    // Without a client certificate the server itself rejects the login.
    let error = client.ours(&format!("{good} sslmode=require")).expect_err("no certificate");
    assert!(matches!(&error, Refusal::Reach(ReachError::Login { .. })), "{error}");
    let error = client.ours(&format!("{good} sslmode=require sslcert=/nowhere"));
    assert!(matches!(&error, Err(Refusal::Reach(ReachError::Login { .. }))), "{error:?}");

    // The files in the home folder are used without being named.
    let home = Client::new();
    let (certificate, key) = authority.issue_client("withcert");
    home.file(".postgresql/postgresql.crt", 0o644, &certificate);
    home.file(".postgresql/postgresql.key", 0o600, &key);
    home.both_enter(&format!("{good} sslmode=require"));
}

#[test]
fn the_login_is_bound_to_the_channel_for_every_kind_of_signature() {
    let algorithms = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384];
    for algorithm in algorithms {
        let (chain, key) = signed_with(algorithm, &["db.test"]);
        let server = server("bound", &chain, &key, None);
        let client = Client::new();
        let good = to(&server, "db.test").replace("user=app", "user=pw password=sesame");
        for binding in ["require", "prefer", "disable"] {
            client.both_enter(&format!("{good} sslmode=require channel_binding={binding}"));
        }
        // If the server trusts the client without a password, there is no channel binding, and `require` fails.
        let trusted = to(&server, "db.test");
        let dsn = format!("{trusted} sslmode=require channel_binding=require");
        let variables = client.variables();
        run_psql(&["-d", &dsn], &variables, WHERE).expect_err("psql requires channel binding");
        client.ours(&dsn).expect_err("the program requires channel binding");
    }
}

#[test]
fn a_revoked_certificate_is_refused() {
    let authority = Authority::new("the authority");
    let (chain, key) = authority.issue_with(&["db.test"], |parameters| {
        parameters.serial_number = Some(rcgen::SerialNumber::from(77));
    });
    let server = server("revoked", &chain, &key, None);
    let client = Client::new();
    let root = client.file("root.pem", 0o644, authority.pem());
    let good = to(&server, "db.test");
    let harmless = client.file("other.crl", 0o644, &authority.revoke(78));
    client.both_enter(&format!("{good} sslmode=verify-ca sslrootcert={root} sslcrl={harmless}"));
    let revoking = client.file("this.crl", 0o644, &authority.revoke(77));
    let dsn = format!("{good} sslmode=verify-full sslrootcert={root} sslcrl={revoking}");
    let error = client.both_refuse(&dsn);
    assert!(error.to_string().contains("revoked"), "{error}");
}
