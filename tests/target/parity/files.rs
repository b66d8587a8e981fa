//! Password files, service files and the default socket.

use super::cases::{Case, arguments, variables, with_file};

const PW: &[(&str, &str)] = &[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "pw")];

pub(crate) const PASSWORD_FILES: &[Case] = &[
    with_file(&[], PW, &[(".pgpass", 0o600, "*:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o400, "*:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o644, "*:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o640, "*:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "*:*:*:*:wrong\n*:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "other:*:*:*:wrong\n{S}:{A}:pw:pw:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "# *:*:*:*:wrong\r\n\r\n*:*:*:*:sesame\r\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "localhost:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "*:1:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "*:*:app:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "*:*:*:p*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "*:*:*:pw:se\\same:more\n")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "*:*:*:pw:sesame")]),
    with_file(&[], PW, &[(".pgpass", 0o600, "no colon here\n*:*:*:*:sesame\n")]),
    with_file(&[], PW, &[(".pgpass/in", 0o600, "a folder in place of the file")]),
    with_file(
        &["-d", "hostaddr=127.0.0.1 host=name.invalid user=pw port={A}"],
        &[],
        &[(".pgpass", 0o600, "127.0.0.1:*:*:*:wrong\nname.invalid:*:*:*:sesame\n")],
    ),
    with_file(&["-d", "hostaddr=127.0.0.1 user=pw port={A}"], &[], &[(".pgpass", 0o600, "127.0.0.1:*:*:*:sesame\n")]),
    with_file(
        &["-d", "user='we:ird\\\\' dbname=app host={S} port={A}"],
        &[],
        &[(".pgpass", 0o600, "*:*:*:we:wrong\n*:*:*:we\\:ird\\\\:x\n")],
    ),
    with_file(
        &["-d", "host={T},{S} port={A} user=pw dbname=app"],
        &[],
        &[(".pgpass", 0o600, "{T}:*:*:*:wrong\n{S}:*:*:*:sesame\n")],
    ),
    with_file(
        &["-d", "user=pw dbname=app host={S} port={A} passfile={H}/named"],
        &[("PGPASSFILE", "{H}/absent")],
        &[("named", 0o600, "*:*:*:*:sesame\n"), (".pgpass", 0o600, "*:*:*:*:wrong\n")],
    ),
    with_file(
        &["-d", "user=pw dbname=app host={S} port={A}"],
        &[("PGPASSFILE", "{H}/named")],
        &[("named", 0o600, "*:*:*:*:sesame\n"), (".pgpass", 0o600, "*:*:*:*:wrong\n")],
    ),
    with_file(
        &["-d", "user=pw dbname=app host={S} port={A}"],
        &[("PGPASSFILE", "{H}/absent")],
        &[(".pgpass", 0o600, "*:*:*:*:sesame\n")],
    ),
    with_file(
        &["-d", "user=pw dbname=app host={S} port={A}"],
        &[("PGPASSWORD", "sesame")],
        &[(".pgpass", 0o600, "*:*:*:*:wrong\n")],
    ),
    with_file(
        &["-d", "user=pw dbname=app host={S} port={A}"],
        &[("PGPASSWORD", "")],
        &[(".pgpass", 0o600, "*:*:*:*:sesame\n")],
    ),
];

const A: &str = "[a]\nhost={S}\nport={A}\nuser=app\n";
const IN_HOME: &str = ".pg_service.conf";
const BY_VARIABLE: &[(&str, &str)] = &[("PGSERVICE", "a")];

const fn service(content: &'static [(&'static str, u32, &'static str)]) -> Case {
    with_file(&[], BY_VARIABLE, content)
}

pub(crate) const SERVICES: &[Case] = &[
    service(&[(IN_HOME, 0o644, A)]),
    with_file(&["-d", "service=a"], &[], &[(IN_HOME, 0o644, A)]),
    with_file(&["-d", "postgresql://?service=a"], &[], &[(IN_HOME, 0o644, A)]),
    with_file(&["-d", "service=absent"], &[], &[(IN_HOME, 0o644, A)]),
    with_file(&["-d", "service=a"], &[("PGSERVICE", "absent")], &[(IN_HOME, 0o644, A)]),
    with_file(&["-d", "service=a dbname=postgres"], &[], &[(IN_HOME, 0o644, A)]),
    with_file(&["-U", "postgres"], BY_VARIABLE, &[(IN_HOME, 0o644, A)]),
    service(&[]),
    with_file(&[], &[("PGSERVICE", "")], &[(IN_HOME, 0o644, A)]),
    with_file(&["-d", "service=''"], BY_VARIABLE, &[(IN_HOME, 0o644, A)]),
    with_file(
        &[],
        &[("PGSERVICE", "a"), ("PGPORT", "1"), ("PGUSER", "absent"), ("PGDATABASE", "postgres")],
        &[(IN_HOME, 0o644, A)],
    ),
    with_file(&[], &[("PGSERVICE", "a"), ("PGSERVICEFILE", "{H}/named")], &[("named", 0o644, A)]),
    with_file(&[], &[("PGSERVICE", "a"), ("PGSERVICEFILE", "{H}/absent")], &[(IN_HOME, 0o644, A)]),
    with_file(
        &[],
        &[("PGSERVICE", "a"), ("PGSYSCONFDIR", "{H}/system")],
        &[("system/pg_service.conf", 0o644, A), (IN_HOME, 0o644, "[b]\nport=1\n")],
    ),
    with_file(
        &[],
        &[("PGSERVICE", "a"), ("PGSYSCONFDIR", "{H}/system")],
        &[("system/pg_service.conf", 0o644, "[a]\nhost={T}\nport={B}\nuser=app\n"), (IN_HOME, 0o644, A)],
    ),
    service(&[(IN_HOME, 0o644, "[a]\nhost ={S}\nport={A}\nuser=app\n")]),
    service(&[(IN_HOME, 0o644, "[a]\nhost= {S}\nport={A}\nuser=app\n")]),
    service(&[(IN_HOME, 0o644, "[a]\nhost={S}\nport={A}\nuser=app\nnonsense=1\n")]),
    service(&[(IN_HOME, 0o644, "[a]\nhost={S}\nport={A}\nuser=app\nnonsense\n")]),
    service(&[(IN_HOME, 0o644, "[a]\nhost={S}\nport={A}\nuser=app\nservice=b\n")]),
    service(&[(IN_HOME, 0o644, "[b]\nnonsense\n[a]\nhost={S}\nport={A}\nuser=app\n[c]\nx\n")]),
    service(&[(IN_HOME, 0o644, "[a]\nhost={S}\nport={A}\nport=1\nuser=app\n[a]\ndbname=x\n")]),
    service(&[(IN_HOME, 0o644, "# x\n\n  [a]  \n  host={S}  \n# y\nport={A}\nuser=app\n")]),
    service(&[(IN_HOME, 0o644, "[apple]\nport=1\n[a]x\nhost={S}\nport={A}\nuser=app\n")]),
    service(&[(IN_HOME, 0o644, "[a]\nhost={S}\nport={A}\nuser=pw\npassword=sesame\ndbname=app\n")]),
    service(&[(IN_HOME, 0o644, "[a]\r\nhost={S}\r\nport={A}\r\nuser=app\r\n")]),
];

/// These cases need the default socket folder for which psql was built.
pub(crate) const DEFAULT_SOCKET: &[Case] = &[
    arguments(&["-p", "{A}", "-U", "app"]),
    arguments(&["-d", "port={A} user=app host=''"]),
    variables(&[("PGPORT", "{A}"), ("PGUSER", "app"), ("PGHOST", "")]),
    arguments(&["-d", "host=/nowhere, port={A} user=app"]),
    with_file(
        &["-p", "{A}", "-U", "pw"],
        &[],
        &[(".pgpass", 0o600, "/var/run/postgresql:*:*:*:wrong\nlocalhost:*:*:*:sesame\n")],
    ),
    with_file(
        &["-h", "/var/run/postgresql", "-p", "{A}", "-U", "pw"],
        &[],
        &[(".pgpass", 0o600, "/var/run/postgresql:*:*:*:wrong\nlocalhost:*:*:*:sesame\n")],
    ),
];
