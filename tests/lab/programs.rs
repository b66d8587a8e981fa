//! How the program finds the server's programs and the clients.

use std::path::{Path, PathBuf};

use oneroof::testing::programs::{Client, ProgramsError, Search};

use crate::Scratch;

#[test]
fn missing_server_programs_are_named_with_the_package_that_brings_them() {
    let empty = Scratch::new("nothing");
    let nowhere = Search { given: None, variable: None, path: None, root: empty.path.clone() };
    let error = nowhere.server().unwrap_err();
    assert_eq!(error.to_string(), "could not find a PostgreSQL server: no folder holds both initdb and postgres");
    assert!(error.hint().contains("the Debian package postgresql"), "{}", error.hint());

    let named = Search { given: Some(empty.path.clone()), ..nowhere };
    let error = named.server().unwrap_err();
    assert!(matches!(error, ProgramsError::NotAServer { missing: "initdb", .. }), "{error}");
    assert!(error.to_string().contains("given by --pg-bin"), "{error}");
}

#[test]
fn the_newest_server_is_taken_and_a_folder_without_a_server_is_passed_over() {
    let root = Scratch::new("several");
    let install = |folder: &str, names: &[(&str, &str)]| {
        let folder = root.path.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, version) in names {
            write_program(&folder.join(name), name, version);
        }
    };
    install("usr/lib/postgresql/9/bin", &[("initdb", "9.6"), ("postgres", "9.6")]);
    install("usr/lib/postgresql/15/bin", &[("initdb", "15.2"), ("postgres", "15.2"), ("pg_dump", "15.2")]);
    install("usr/lib/postgresql/17/bin", &[("psql", "17.1"), ("pg_dump", "17.1")]);
    let search = Search { given: None, variable: None, path: None, root: root.path.clone() };
    let found = search.server().unwrap();
    assert_eq!(found.version.text, "15.2");
    let of = |path: PathBuf| path.strip_prefix(&root.path).unwrap().display().to_string();
    assert_eq!(of(found.client(Client::PgDump).unwrap()), "usr/lib/postgresql/15/bin/pg_dump");
    assert_eq!(of(found.client(Client::Psql).unwrap()), "usr/lib/postgresql/17/bin/psql");
    assert_eq!(of(search.client(Client::PgDump, Some(16)).unwrap()), "usr/lib/postgresql/17/bin/pg_dump");
    let old = search.client(Client::PgDump, Some(18)).unwrap_err();
    assert_eq!(old.to_string(), "the newest pg_dump found is version 17.1, too old for a server of version 18");
    let none = search.client(Client::PgRestore, None).unwrap_err();
    assert_eq!(none.to_string(), "could not find the program pg_restore");
}

fn write_program(path: &Path, name: &str, version: &str) {
    use std::os::unix::fs::PermissionsExt;
    let text = format!("#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n");
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
