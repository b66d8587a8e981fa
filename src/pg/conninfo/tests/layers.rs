//! Tests: which source decides a setting.

use super::super::model::Keepalives;
use super::super::*;
use super::{Sockets, bare, dsn, origin, refused, resolved};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

#[test]
fn each_layer_is_overridden_by_the_one_above() {
    let folder = Sockets::new("layers", &[]);
    let service = "[s]\napplication_name=service\nport=3\n";
    std::fs::write(folder.0.join(".pg_service.conf"), service).expect("a file can be written");
    let text = "[profile.p]\nport = 1\napplication_name = \"profile\"\nuser = \"profile\"\n\
                dbname = \"profile\"\nhost = \"h\"\n";
    let profile = parse_profile(text, Path::new("p.toml"), "p").expect("the profile is valid");
    let environment = bare()
        .with("HOME", &folder.0.to_string_lossy())
        .with("PGPORT", "2")
        .with("PGAPPNAME", "environment")
        .with("PGUSER", "environment");
    let mut options = ConnectionOptions { profile: Some(profile), ..dsn("sslmode=disable") };
    let seen = |options: &ConnectionOptions, environment: &Environment| {
        let target = resolve(options, environment).expect("it resolves");
        let port = origin(&target, "port").from.clone();
        (target.hosts[0].port, target.application_name, target.user, target.dbname, port)
    };
    let (port, name, user, dbname, from) = seen(&options, &environment);
    assert_eq!((port, name.as_str(), user.as_str()), (2, "environment", "environment"));
    assert_eq!((dbname.as_str(), from.as_str()), ("profile", "environment PGPORT"));
    let environment = environment.with("PGSERVICE", "s");
    let (port, name, user, _, from) = seen(&options, &environment);
    assert_eq!((port, name.as_str(), user.as_str()), (3, "service", "environment"));
    assert!(from.starts_with("service \"s\" (") && from.ends_with(".pg_service.conf:3)"), "{from}");
    options.port = Some("4".into());
    assert_eq!(seen(&options, &environment).0, 4);
    options.dsn = Some("port=5".into());
    let target = resolve(&options, &environment).expect("it resolves");
    assert_eq!(target.hosts[0].port, 5);
    assert!(target.notes.iter().any(|note| note.starts_with("--port has no effect")));
}

#[test]
fn a_profile_may_name_a_service_and_a_way() {
    let folder = Sockets::new("profile-service", &[]);
    std::fs::write(folder.0.join(".pg_service.conf"), "[s]\nhost=h\nport=7\n").expect("a file");
    let text = "[profile.p]\nservice = \"s\"\nvia = \"ssh h nc\"\nrole = \"owner\"\nport = 1\n";
    let profile = parse_profile(text, Path::new("p.toml"), "p").expect("the profile is valid");
    assert_eq!(profile.role.as_deref(), Some("owner"));
    let options = ConnectionOptions { profile: Some(profile), ..ConnectionOptions::default() };
    let environment = bare().with("HOME", &folder.0.to_string_lossy());
    let target = resolve(&options, &environment).expect("it resolves");
    assert_eq!(target.hosts[0].port, 7);
    assert_eq!(target.route, Route::Via("ssh h nc".into()));
    assert_eq!(target.hosts[0].ssl_mode, SslMode::Disable);
    assert_eq!(target.endpoint_text(), "via \"ssh ...\" user me db me");
    let options = ConnectionOptions { via: Some("other".into()), ..options };
    let target = resolve(&options, &environment).expect("it resolves");
    assert_eq!(target.route, Route::Via("other".into()));
}

#[test]
fn the_default_is_the_first_socket_and_a_missing_one_lists_the_others() {
    let folder = Sockets::new("sockets", &[5432, 5433]);
    let environment = Environment { socket_folders: vec![PathBuf::from("/nowhere"), folder.0.clone()], ..bare() };
    let target = resolve(&ConnectionOptions::default(), &environment).expect("it resolves");
    assert_eq!(target.hosts[0].host, Host::Socket(folder.0.clone()));
    let options = ConnectionOptions { port: Some("5434".into()), ..Default::default() };
    let target = resolve(&options, &environment).expect("it resolves");
    assert_eq!(target.hosts[0].host, Host::Name("localhost".to_owned()));
    let note = &target.notes[0];
    assert!(note.contains(".s.PGSQL.5434") && note.contains("trying localhost"), "{note}");
    for port in ["5432", "5433"] {
        assert!(note.contains(&format!("{}/.s.PGSQL.{port}", folder.0.display())), "{note}");
    }
}

#[test]
fn an_account_without_a_name_needs_a_role_to_be_given() {
    let nameless = Environment { account: None, uid: 4711, ..bare() };
    let error = resolve(&dsn("host=h"), &nameless).expect_err("nobody knows uid 4711");
    assert_eq!(error.to_string(), "uid 4711 has no operating system user name");
    assert!(error.hint().is_some_and(|hint| hint.contains("--username")));
    let target = resolve(&dsn("host=h"), &nameless.with("PGUSER", "app")).expect("PGUSER serves");
    assert_eq!((target.user.as_str(), target.dbname.as_str()), ("app", "app"));
}

#[test]
fn the_image_variables_are_the_last_resort_for_a_local_server() {
    let image = bare().with("POSTGRES_USER", "owner").with("POSTGRES_DB", "directus");
    let target = resolve(&dsn("host=/tmp"), &image).expect("it resolves");
    assert_eq!((target.user.as_str(), target.dbname.as_str()), ("owner", "directus"));
    assert_eq!(target.notes.len(), 2, "{:?}", target.notes);
    for text in ["host=/tmp user=app", "host=db.example.org"] {
        let target = resolve(&dsn(text), &image).expect("it resolves");
        assert_eq!(target.dbname, target.user, "{text}");
        assert!(target.notes.is_empty(), "{text}");
    }
}

#[test]
fn two_names_of_a_database_are_refused_rather_than_ranked() {
    let mut options = dsn("host=h dbname=one");
    options.dbname = Some("two".into());
    let error = resolve(&options, &bare()).expect_err("two names");
    assert_eq!(error.to_string(), "--dsn names database \"one\", --dbname \"two\"");
    options.dbname = Some("one".into());
    assert_eq!(resolve(&options, &bare()).expect("one name").dbname, "one");
    options.dbname = Some("dbname=one".into());
    resolve(&options, &bare()).expect_err("two connection strings");
}

#[test]
fn a_socket_path_that_is_too_long_is_named_with_its_length() {
    let folder = format!("/{}", "x".repeat(92));
    assert_eq!(resolved(&format!("host={folder}")).hosts.len(), 1);
    let error = refused(&format!("host={folder}x"));
    assert!(error.to_string().contains("has 108 bytes, but the system allows at most 107"), "{error}");
}

#[test]
fn addresses_and_lists_are_matched_up() {
    let target = resolved("host=a,b hostaddr=192.0.2.1,2001:db8::2 port=,7");
    assert_eq!(target.hosts[0].port, 5432);
    assert_eq!(target.hosts[1].port, 7);
    assert_eq!(target.hosts[1].hostaddr, "2001:db8::2".parse::<IpAddr>().ok());
    assert_eq!(target.endpoint_text(), "a (192.0.2.1):5432,b (2001:db8::2):7 user me db me");
    let target = resolved("hostaddr=::1");
    assert_eq!(target.endpoint_text(), "[::1]:5432 user me db me");
    for text in ["host=a,b hostaddr=192.0.2.1", "host=a,b port=1,2,3", "hostaddr=name"] {
        refused(text);
    }
}

#[test]
fn connection_timeouts_and_keepalives_are_used() {
    let target = resolved(
        "host=h connect_timeout=3 keepalives=0 keepalives_idle=4 keepalives_interval=0 \
         keepalives_count=5 tcp_user_timeout=600 target_session_attrs=prefer-standby \
         load_balance_hosts=random channel_binding=require requirepeer=p options='-c a=b'",
    );
    let seconds = std::time::Duration::from_secs;
    assert_eq!(target.connect_timeout, Some(seconds(3)));
    let expected = Keepalives { enabled: false, idle: Some(seconds(4)), interval: None, count: Some(5) };
    assert_eq!(target.keepalives, expected);
    assert_eq!(target.tcp_user_timeout, Some(std::time::Duration::from_millis(600)));
    assert_eq!(target.session_attributes, SessionAttributes::PreferStandby);
    assert_eq!(target.channel_binding, ChannelBinding::Require);
    assert_eq!(target.require_peer.as_deref(), Some("p"));
    assert_eq!(target.options.as_deref(), Some("-c a=b"));
    assert!(target.shuffle_hosts);
    assert_eq!(resolved("host=h connect_timeout=0").connect_timeout, None);
    assert_eq!(resolved("host=h").connect_timeout, Some(seconds(10)));
}
