//! Servers that break the protocol, and servers that start TLS at once.

use crate::server::Server;
use crate::server::major;
use crate::support::{Refusal, WHERE, ask, block_on, environment, land, log_in, start};
use crate::tls::certificates::Authority;
use crate::ways::{servers, target};
use oneroof::testing::pg::conninfo::{ConnectionOptions, Environment, SslMode};
use oneroof::testing::pg::dial::{DialError, Encryption, ReachError, candidates, dial};
use oneroof::testing::pg::tls::{TlsError, Verified};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Accepts connections for ever and treats each in the same way.
fn fake(behaviour: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("a bound socket").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            behaviour(stream);
        }
    });
    port
}

/// Answers the TLS request with these bytes and closes the connection.
fn answering(bytes: &'static [u8]) -> u16 {
    fake(move |mut stream| {
        let mut request = [0; 8];
        if stream.read_exact(&mut request).is_ok() {
            let _ = stream.write_all(bytes);
        }
    })
}

fn dial_error(dsn: &str) -> DialError {
    match land(&ConnectionOptions { dsn: Some(dsn.into()), ..Default::default() }, &environment(&[])) {
        Err(Refusal::Reach(ReachError::Dial { mut attempts })) => {
            assert_eq!(attempts.len(), 1, "{attempts:?}");
            attempts.remove(0)
        }
        other => panic!("{dsn}: {other:?}"),
    }
}

#[test]
fn stripped_tls_is_refused_by_every_mode_that_promises_it() {
    let (plain, _, _) = servers();
    for mode in ["require", "verify-full"] {
        for port in [plain.port, answering(b"N")] {
            let dsn = format!("host=127.0.0.1 port={port} user=postgres sslmode={mode} sslrootcert={}", roots(&plain));
            let error = dial_error(&dsn);
            assert!(matches!(&error, DialError::Tls { source: TlsError::NotOffered { .. }, .. }), "{error}");
        }
    }
    // The default for a remote host is a mode that requires TLS. This host only has a remote name.
    let mut remote = target("host=db.example.org user=postgres");
    assert_eq!(remote.hosts[0].ssl_mode, SslMode::VerifyFull);
    remote.hosts[0].hostaddr = "127.0.0.1".parse().ok();
    remote.hosts[0].port = plain.port;
    let error = block_on(log_in(&remote)).map(|_| ()).expect_err("no TLS there");
    assert!(error.to_string().contains("sslmode=verify-full requires it"), "{error}");
}

fn roots(server: &Server) -> String {
    let authority = Authority::new("unused");
    server.folder.write("unused.pem", 0o644, authority.pem()).display().to_string()
}

#[test]
fn odd_answers_to_the_request_for_tls_are_refused_and_not_repeated() {
    let table: [(&'static [u8], &str); 5] = [
        (b"EFATAL: trust me", "an error message"),
        (b"X", "byte 0x58"),
        (b"", "closed the connection unexpectedly"),
        (b"S", "handshake failed"),
        // Plain text that follows the answer must never be taken for the server's message.
        (b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", "handshake failed"),
    ];
    for (bytes, words) in table {
        let port = answering(bytes);
        let error = dial_error(&format!("host=127.0.0.1 port={port} user=a sslmode=require"));
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("trust me"), "{error}");
    }
}

#[test]
fn a_silent_server_ends_every_step_with_a_timeout() {
    let hold = |stream: TcpStream| drop(std::thread::spawn(move || hold_open(&stream)));
    let silent = fake(hold);
    let half = fake(move |mut stream| {
        let _ = stream.read_exact(&mut [0; 8]);
        let _ = stream.write_all(b"S");
        hold(stream);
    });
    for (port, mode) in [(silent, "require"), (silent, "disable"), (half, "require")] {
        let began = Instant::now();
        let dsn = format!("host=127.0.0.1 port={port} user=a sslmode={mode} connect_timeout=1");
        let error = dial_error(&dsn);
        assert!(matches!(error, DialError::Timeout { seconds: 1, .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(3), "{mode}");
    }
}

fn hold_open(mut stream: &TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// A proxy that starts TLS at once, as servers can from version 17 on, in front of a server without TLS. It supports only P-256, as servers
/// before version 18 do.
async fn direct_front(server_port: u16, chain: &str, key: &str, protocol: Option<&[u8]>) -> u16 {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let provider = rustls::crypto::CryptoProvider {
        kx_groups: vec![rustls::crypto::ring::kx_group::SECP256R1],
        ..rustls::crypto::ring::default_provider()
    };
    let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes()).expect("PEM")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
    let mut config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .expect("the certificate fits");
    config.alpn_protocols = protocol.map(<[u8]>::to_vec).into_iter().collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let port = listener.local_addr().expect("a bound socket").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut secure) = acceptor.accept(stream).await else {
                continue;
            };
            let kind = secure.get_ref().1.handshake_kind();
            assert_eq!(kind, Some(rustls::HandshakeKind::Full), "the hello was repeated");
            let behind = tokio::net::TcpStream::connect(("127.0.0.1", server_port)).await;
            let mut behind = behind.expect("the server is there");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut secure, &mut behind).await });
        }
    });
    port
}

#[test]
fn direct_negotiation_begins_with_tls_and_with_p256() {
    let (plain, _, authority) = servers();
    let (chain, key) = authority.issue(&["db.test"]);
    let root = plain.folder.write("root.pem", 0o644, authority.pem()).display().to_string();
    block_on(async {
        let dsn = |port: u16| {
            format!(
                "host=db.test hostaddr=127.0.0.1 port={port} user=postgres sslmode=verify-full \
                 sslrootcert={root} sslnegotiation=direct"
            )
        };
        let port = direct_front(plain.port, &chain, &key, Some(b"postgresql")).await;
        let secure = target(&dsn(port));
        let found = candidates(&secure, &secure.hosts[0]).await.expect("one address");
        let dialed = dial(&secure, &found[0], Encryption::Required).await.expect("it answers");
        let tls = dialed.tls.clone().expect("it is TLS");
        assert_eq!((tls.version, tls.verified), ("TLSv1.3", Verified::HostName));
        let client = start(dialed).await.expect("the login succeeds");
        assert_eq!(ask(&client, WHERE).await, "plain|postgres|postgres|127.0.0.1|f|oneroof|0");
        // Another service that speaks TLS is not taken for a database server.
        let port = direct_front(plain.port, &chain, &key, None).await;
        let wrong = target(&dsn(port));
        let error = log_in(&wrong).await.map(|_| ()).expect_err("no protocol agreed on");
        assert!(error.to_string().contains("without agreeing on the protocol"), "{error}");
    });
}

#[test]
fn direct_negotiation_with_a_real_server_where_there_is_one() {
    if major() < 17 {
        println!("skipped: direct negotiation needs version 17, the server under test is {}", major());
        return;
    }
    let (_, secure, authority) = servers();
    let root = secure.folder.write("root.pem", 0o644, authority.pem()).display().to_string();
    let options = ConnectionOptions {
        dsn: Some(
            format!(
                "host=db.test hostaddr=127.0.0.1 port={} user=postgres sslmode=verify-full \
             sslrootcert={root} sslnegotiation=direct",
                secure.port
            )
            .into(),
        ),
        ..Default::default()
    };
    let landed = land(&options, &Environment::of_process()).expect("the login succeeds");
    assert_eq!(landed, "secure|postgres|postgres|127.0.0.1|t|oneroof|0");
}
