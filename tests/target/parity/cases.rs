//! The tables of settings.
//!
//! Placeholders: {S} is the socket folder of server a, and {A} is its port. {T} and {B} are those of server b, which has no TLS. {H} is the
//! home folder of the case.

/// One row: psql's arguments, environment variables, and files in the home folder.
pub(crate) struct Case {
    pub(crate) arguments: &'static [&'static str],
    pub(crate) variables: &'static [(&'static str, &'static str)],
    pub(crate) files: &'static [(&'static str, u32, &'static str)],
}

pub(crate) const fn arguments(arguments: &'static [&'static str]) -> Case {
    Case { arguments, variables: &[], files: &[] }
}

pub(crate) const fn variables(variables: &'static [(&'static str, &'static str)]) -> Case {
    Case { arguments: &[], variables, files: &[] }
}

pub(crate) const fn with_file(
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, u32, &'static str)],
) -> Case {
    Case { arguments, variables, files }
}

pub(crate) const HOST_LISTS: &[Case] = &[
    arguments(&["-h", "{T},{S}", "-p", "{B},{A}", "-U", "app"]),
    arguments(&["-h", "/nowhere,{S}", "-p", "{A}", "-U", "app"]),
    arguments(&["-h", "{T},{S}", "-p", "{A},{A}", "-U", "app"]),
    arguments(&["-h", "{S},{T}", "-p", "{A},{B},1", "-U", "app"]),
    arguments(&["-d", "host=a,b hostaddr=127.0.0.1 port={A} user=app"]),
    arguments(&["-d", "host=a,b hostaddr=127.0.0.1,127.0.0.1 port={B},{A} user=app"]),
    arguments(&["-d", "host=no.such.host.invalid,{S} port={A} user=app"]),
    // If the server rejects the login, the program does not try the second host.
    arguments(&["-d", "host={S},{T} port={A},{B} user=absent"]),
    arguments(&["-d", "host={S},{T} port={A},{B} user=app dbname=absent"]),
];

pub(crate) const FLAGS_AND_VARIABLES: &[Case] = &[
    Case {
        arguments: &["-h", "", "-p", "", "-U", "", "-d", ""],
        variables: &[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGDATABASE", "postgres")],
        files: &[],
    },
    Case {
        arguments: &["-d", "host={S} port={A} user='' dbname=''"],
        variables: &[("PGUSER", "app"), ("PGDATABASE", "postgres")],
        files: &[],
    },
    arguments(&["-h", "{S}", "-p", "{A}", "-U", "app", "-d", "postgres"]),
    arguments(&["-h", "/nowhere", "-p", "1", "-U", "x", "-d", "host={S} port={A} user=app"]),
    arguments(&["-h", "{S}", "-p", "{A}", "-d", "user=app dbname=postgres"]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGDATABASE", "postgres")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("USER", "app"), ("LOGNAME", "app")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGDATABASE", "")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "")]),
    variables(&[("PGHOSTADDR", "127.0.0.1"), ("PGPORT", "{A}"), ("PGUSER", "app")]),
    variables(&[
        ("PGHOST", "{S}"),
        ("PGPORT", "{A}"),
        ("PGUSER", "app"),
        ("PGAPPNAME", "by environment"),
        ("PGOPTIONS", "-c lock_timeout=11s"),
    ]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGAPPNAME", "")]),
    variables(&[("PGHOST", "127.0.0.1"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGSSLMODE", "disable")]),
    variables(&[("PGHOST", "127.0.0.1"), ("PGPORT", "{B}"), ("PGUSER", "app"), ("PGREQUIRESSL", "1")]),
    variables(&[("PGHOST", "127.0.0.1"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGSSLMODE", "x")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGCONNECT_TIMEOUT", "x")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGTARGETSESSIONATTRS", "x")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGCHANNELBINDING", "require")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "pw"), ("PGPASSWORD", "sesame")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "pw"), ("PGPASSWORD", "wrong")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "pw")]),
    variables(&[("PGHOST", "{S}"), ("PGPORT", "{A}"), ("PGUSER", "app"), ("PGTZ", "UTC"), ("PGGEQO", "off")]),
    Case {
        arguments: &["-p", "{A}", "-U", "app"],
        variables: &[("PGHOST", "{S}"), ("PGPORT", "1"), ("PGUSER", "absent")],
        files: &[],
    },
];
