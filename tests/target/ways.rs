//! The different ways to connect to a server.

use crate::server::{Server, Setup};
use crate::support::{WHERE, ask, block_on, environment, land, log_in, run_psql, start};
use crate::tls::certificates::Authority;
use oneroof::testing::pg::conninfo::{ConnectionOptions, Target, resolve};
use oneroof::testing::pg::dial::{Dialed, Logged, reach};
use oneroof::testing::pg::tls::TlsError;
use std::time::{Duration, Instant};
use tokio_postgres::{CancelToken, Client};

const TRUST: &str = "local all all trust\nhost all all all trust\n";

pub(crate) fn target(dsn: &str) -> Target {
    let options = ConnectionOptions { dsn: Some(dsn.into()), ..Default::default() };
    resolve(&options, &environment(&[])).expect("the settings resolve")
}

/// A server without TLS, a server with TLS, and the authority of its certificate.
pub(crate) fn servers() -> (Server, Server, Authority) {
    let authority = Authority::new("the authority");
    let (chain, key) = authority.issue(&["db.test"]);
    let plain = Server::start(&Setup { name: "plain", hba: TRUST, ..Setup::default() });
    let tls = Some((chain.as_str(), key.as_str()));
    let secure = Server::start(&Setup { name: "secure", hba: TRUST, tls, ..Setup::default() });
    (plain, secure, authority)
}

/// A command that connects to the server's socket with perl, which most container images have.
fn bridge(server: &Server) -> String {
    let socket = format!("{}/.s.PGSQL.{}", server.socket(), server.port);
    format!(
        "exec perl -MIO::Socket::UNIX -MIO::Select -e '$s = IO::Socket::UNIX->new(Peer => \
         \"{socket}\") or die; $r = IO::Select->new(*STDIN, $s); while (1) {{ for $h \
         ($r->can_read) {{ sysread($h, $b, 8192) or exit; syswrite($h == $s ? *STDOUT : $s, $b) \
         }} }}'"
    )
}

/// Cancels a long statement and asserts that it ends at once.
async fn cancels(target: &Target) {
    let mut redial = None;
    let client: Client = reach(target, async |dialed: Dialed, _| {
        redial = Some(dialed.redial());
        start(dialed).await.map(Logged::Suits)
    })
    .await
    .expect("the login succeeds");
    let redial = redial.expect("the login keeps the settings for a cancel request");
    let token: CancelToken = client.cancel_token();
    let began = Instant::now();
    let (slept, cancelled) = tokio::join!(client.simple_query("SELECT pg_sleep(30)"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        redial.cancel(&token).await
    });
    cancelled.expect("the request is delivered");
    let error = slept.expect_err("the statement ends early");
    assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::QUERY_CANCELED));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_statement_is_cancelled_by_socket_by_tcp_by_tls_and_by_command() {
    let (plain, secure, _) = servers();
    let common = "user=postgres dbname=postgres";
    let by_command = ConnectionOptions { via: Some(bridge(&plain).into()), ..Default::default() };
    let by_command = ConnectionOptions { dsn: Some(common.into()), ..by_command };
    let by_command = resolve(&by_command, &environment(&[])).expect("the settings resolve");
    block_on(async {
        cancels(&target(&format!("{common} host={} port={}", plain.socket(), plain.port))).await;
        cancels(&target(&format!("{common} host=localhost port={}", plain.port))).await;
        let secure = format!("{common} host=localhost port={} sslmode=require", secure.port);
        cancels(&target(&secure)).await;
        cancels(&by_command).await;
    });
}

#[test]
fn a_command_carries_the_protocol_and_ends_with_the_session() {
    let (plain, _, _) = servers();
    let options = ConnectionOptions {
        dsn: Some("user=postgres dbname=postgres".into()),
        via: Some(format!("echo $$ >{}/pid; {}", plain.socket(), bridge(&plain)).into()),
        ..Default::default()
    };
    let surroundings = environment(&[]);
    let target = resolve(&options, &surroundings).expect("the settings resolve");
    block_on(async {
        let client = log_in(&target).await.expect("the login succeeds");
        let landed = ask(&client, WHERE).await;
        assert_eq!(landed, "plain|postgres|postgres|unix|f|oneroof|0");
        let pid = std::fs::read_to_string(plain.folder.0.join("pid")).expect("a pid");
        let process = format!("/proc/{}/stat", pid.trim());
        assert!(alive(&process));
        drop(client);
        let deadline = Instant::now() + Duration::from_secs(5);
        while alive(&process) {
            assert!(Instant::now() < deadline, "the command is still running");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

/// Whether the process is still running. A zombie process has ended.
fn alive(stat: &str) -> bool {
    std::fs::read_to_string(stat).is_ok_and(|text| !text.contains(") Z "))
}

#[test]
fn a_command_that_fails_is_quoted() {
    for (command, words) in
        [("echo 'no \x1b[1msuch host' >&2; exit 255", "no \\u{1b}[1msuch host"), ("exec /nowhere/bridge", "not found")]
    {
        let options =
            ConnectionOptions { dsn: Some("user=postgres".into()), via: Some(command.into()), ..Default::default() };
        let error = land(&options, &environment(&[])).expect_err("there is no server");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn tls_works_through_a_command_if_it_is_requested() {
    let (_, secure, authority) = servers();
    let root = secure.folder.write("root.pem", 0o644, authority.pem());
    let bridge = format!(
        "exec perl -MIO::Socket::INET -MIO::Select -e '$s = IO::Socket::INET->new(\
         \"127.0.0.1:{}\") or die; $r = IO::Select->new(*STDIN, $s); while (1) {{ for $h \
         ($r->can_read) {{ sysread($h, $b, 8192) or exit; syswrite($h == $s ? *STDOUT : $s, $b) \
         }} }}'",
        secure.port
    );
    let dsn = format!("user=postgres host=db.test sslmode=verify-full sslrootcert={}", root.display());
    let wrong = Some(dsn.replace("db.test", "other.test").into());
    let options = ConnectionOptions { dsn: Some(dsn.into()), via: Some(bridge.into()), ..Default::default() };
    let landed = land(&options, &environment(&[])).expect("the login succeeds");
    assert_eq!(landed, "secure|postgres|postgres|127.0.0.1|t|oneroof|0");
    let error = land(&ConnectionOptions { dsn: wrong, ..options }, &environment(&[]));
    assert!(error.expect_err("another name").to_string().contains("not valid for host"));
}

#[test]
fn prefer_continues_without_tls_like_psql_and_gives_the_reason() {
    let (_, secure, _) = servers();
    let wrong = Authority::new("another authority");
    let root = secure.folder.write("wrong.pem", 0o644, wrong.pem());
    let dsn = format!(
        "host=db.test hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode=prefer \
         sslrootcert={}",
        secure.port,
        root.display()
    );
    let theirs = run_psql(&["-d", &dsn], &[], WHERE).expect("psql goes on");
    let target = target(&dsn);
    let mut refused = None;
    let ours = block_on(async {
        let client = reach(&target, async |dialed: Dialed, _| {
            refused = dialed.tls_refused.clone();
            start(dialed).await.map(Logged::Suits)
        });
        ask(&client.await.expect("the login succeeds"), WHERE).await
    });
    assert_eq!(ours, theirs);
    assert!(ours.contains("|f|"), "{ours}");
    assert!(matches!(refused, Some(TlsError::UnknownIssuer { .. })), "{refused:?}");
}
