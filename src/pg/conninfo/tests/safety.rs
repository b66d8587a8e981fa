//! Tests: which settings are rejected, what is never shown, and which mode applies.

use super::super::*;
use super::{bare, dsn, origin, refused, resolved};

#[test]
fn a_remote_host_defaults_to_verify_full_with_a_note() {
    let table = [
        ("host=db.example.org", SslMode::VerifyFull, "stricter than libpq's prefer"),
        ("host=192.0.2.7", SslMode::VerifyFull, "stricter than libpq's prefer"),
        ("host=db hostaddr=192.0.2.7", SslMode::VerifyFull, "stricter than libpq's prefer"),
        ("host=2001:db8::7", SslMode::VerifyFull, "stricter than libpq's prefer"),
        ("host=localhost.example.org", SslMode::VerifyFull, "stricter than libpq's prefer"),
        ("host=localhost", SslMode::Prefer, "a loopback address"),
        ("host=LocalHost.", SslMode::Prefer, "a loopback address"),
        ("host=127.8.9.1", SslMode::Prefer, "a loopback address"),
        ("host=::1", SslMode::Prefer, "a loopback address"),
        ("host=::ffff:127.0.0.1", SslMode::Prefer, "a loopback address"),
        ("host=db hostaddr=127.0.0.1", SslMode::Prefer, "a loopback address"),
        ("host=/tmp", SslMode::Disable, "a unix socket"),
        ("host=@abstract", SslMode::Disable, "a unix socket"),
        ("host=db.example.org sslmode=prefer", SslMode::Prefer, "--dsn"),
        ("host=db.example.org sslmode=disable", SslMode::Disable, "--dsn"),
        ("host=/tmp sslmode=verify-full", SslMode::VerifyFull, "no effect on a unix socket"),
        ("host=db sslrootcert=system", SslMode::VerifyFull, "--dsn"),
    ];
    for (text, mode, reason) in table {
        let target = resolved(text);
        assert_eq!(target.hosts[0].ssl_mode, mode, "{text}");
        let origin = origin(&target, "sslmode");
        assert!(origin.from.contains(reason), "{text}: {origin:?}");
        assert_eq!(origin.value, mode.as_str());
    }
}

#[test]
fn hosts_of_one_list_may_differ_in_mode() {
    let target = resolved("host=/tmp,localhost,db.example.org port=1,2,3");
    let modes: Vec<SslMode> = target.hosts.iter().map(|host| host.ssl_mode).collect();
    assert_eq!(modes, [SslMode::Disable, SslMode::Prefer, SslMode::VerifyFull]);
    assert_eq!(target.endpoint_text(), "unix:/tmp:1,localhost:2,db.example.org:3 user me db me");
}

#[test]
fn an_at_sign_in_a_host_is_explained_without_showing_it() {
    let error = refused("postgres://u:p@canary@h/db");
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(shown.contains("%40") && !shown.contains("canary"), "{shown}");
}

#[test]
fn settings_without_effect_are_noted_and_those_that_promise_are_refused() {
    let target = resolved("host=/tmp krbsrvname=x client_encoding=LATIN1 gssencmode=prefer");
    assert_eq!(target.notes.len(), 3, "{:?}", target.notes);
    for text in [
        "require_auth=scram-sha-256",
        "gssencmode=require",
        "sslcertmode=require",
        "sslcrldir=/x",
        "replication=database",
        "min_protocol_version=3.2",
        "scram_client_key=canary",
    ] {
        let error = refused(&format!("host=h {text}"));
        assert!(matches!(error, TargetError::Unsupported { .. }), "{text}: {error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
    let pinned = bare().with("PGTZ", "UTC");
    let target = resolve(&dsn("host=/tmp"), &pinned).expect("it resolves");
    assert!(target.notes[0].starts_with("PGTZ has no effect"));
}

#[test]
fn weak_modes_do_not_go_with_promises() {
    for text in [
        "host=h sslrootcert=system sslmode=require",
        "host=h sslnegotiation=direct sslmode=prefer",
        "host=h ssl_max_protocol_version=TLSv1.1",
        "host=h ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        "host=h sslnegotiation=nonsense",
        "host=h load_balance_hosts=nonsense",
    ] {
        refused(text);
    }
    let target = resolved("host=h sslnegotiation=direct");
    assert_eq!(target.ssl.negotiation, SslNegotiation::Direct);
    assert_eq!(target.hosts[0].ssl_mode, SslMode::VerifyFull);
    assert_eq!(target.ssl.roots, Roots::System);
    let target = resolved("host=h sslmode=verify-full");
    assert_eq!(target.ssl.roots, Roots::Default(None));
}

#[test]
fn direct_negotiation_is_not_combined_with_a_default_that_may_be_plain() {
    let target = resolved("host=localhost sslnegotiation=direct");
    assert_eq!(target.hosts[0].ssl_mode, SslMode::Require);
}

#[test]
fn no_secret_is_visible_in_what_is_resolved_or_refused() {
    let environment = bare().with("PGPASSWORD", "canary");
    for text in ["host=h", "host=h password=canary", "postgresql://u:canary@h/db?sslpassword=canary"] {
        let target = resolve(&dsn(text), &environment).expect("it resolves");
        assert_eq!(target.hosts[0].password.as_ref().and_then(Secret::reveal_text), Some("canary"));
        let shown = format!("{target:?} {}", target.endpoint_text());
        assert!(!shown.contains("canary"), "{shown}");
        let options = format!("{:?}", dsn(text));
        assert!(!options.contains("canary"), "{options}");
        assert_eq!(origin(&target, "password").value, "***");
    }
    for text in [
        "postgresql://u:canary@h:x/db",
        "host=h password=canary port=x",
        "password=canary x",
        "postgres://u:canary/x@h/db",
        "postgres://u:5432/canary@h/db",
        "postgres://u:p@x:canary@h/db",
        "postgres://h/db?password=x&canary=y",
        "password=x canary=y",
        "postgres://u:canary,b/c?d@h/db",
    ] {
        let error = refused(text);
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains("canary"), "{shown}");
    }
    let target = resolved("host=h password=canary");
    assert!(target.notes[0].contains("list of processes"), "{:?}", target.notes);
}

#[test]
fn an_unusual_but_valid_value_is_accepted() {
    for text in [
        "host=/tmp application_name='deploy https://ci.example.org:8443/job/17'",
        "host=/tmp user=app@tenant dbname=a=b",
        "host=/tmp options='-c password_encryption=md5 -c app.url=amqp://u:p@h -c search_path=a,b'",
        "host=db_1.example.org sslrootcert=/etc/pki/ca:2026.pem",
        "host=fe80::1%eth0 user='team:app'",
        "postgresql://team%3Aapp@db/a%3Ab",
    ] {
        resolved(text);
    }
    let target = resolved("host=/tmp options='-c app.url=amqp://u:canary@h -c search_path=a\\\\ b'");
    assert_eq!(origin(&target, "options").value, "-c app.url=*** -c search_path=a\\ b");
}

#[test]
fn control_characters_are_escaped_wherever_they_come_from() {
    let target = resolved("host=/h\u{1b}[2J user=u\u{7} dbname=d\u{202e} application_name=a\u{9b}");
    let shown: Vec<String> = target
        .origins
        .iter()
        .map(|origin| format!("{} {}", origin.value, origin.from))
        .chain([target.endpoint_text()])
        .collect();
    assert!(!shown.iter().any(|text| text.contains(|c: char| c.is_control() || c == '\u{202e}')));
    let error = refused("service=s\u{1b}").to_string();
    assert!(error.contains(r"\u{1b}"), "{error}");
}
