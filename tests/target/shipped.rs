//! The shipped binary finds its database without flags in every supported way, and reports the source of each value.

use crate::harness::{DATABASE, Lab, OWNER, Run, Sandbox, canary};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Writes a file and creates the folders above it.
fn file(path: PathBuf, mode: u32, text: &str) -> PathBuf {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// The socket folder and the port of the lab's server.
fn place(lab: &Lab) -> (String, String) {
    (lab.cluster().socket_folder().display().to_string(), lab.cluster().port().to_string())
}

/// Asserts that the run connects to the lab's database as its owner and does not show the password.
#[track_caller]
fn lands(lab: &Lab, run: Run, written: &[&Path]) {
    let report = run.arguments(["status", "--format", "json"]).without_terminal().output().expect_success();
    let json = report.json();
    assert_eq!((&json["target"]["database"], &json["target"]["user"]), (&DATABASE.into(), &OWNER.into()));
    canary::assert_silent(&lab.sandbox, &[&report], written);
}

#[test]
fn the_environment_leads_to_the_database() {
    let lab = Lab::with_password();
    let (host, port) = place(&lab);
    let base = || {
        let run = lab.sandbox.oneroof([] as [&str; 0]);
        run.variable("PGHOST", &host)
            .variable("PGPORT", &port)
            .variable("PGDATABASE", DATABASE)
            .variable("PGUSER", OWNER)
    };
    lands(&lab, base().variable("PGPASSWORD", canary::PASSWORD), &[]);
    lands(&lab, base().variable("PGHOST", "127.0.0.1").variable("PGPASSWORD", canary::PASSWORD), &[]);
    let line = format!("{host}:{port}:{DATABASE}:{OWNER}:{}\n127.0.0.1:*:*:*:wrong\n", canary::PASSWORD);
    let named = file(lab.sandbox.work().join("passwords"), 0o600, &line);
    lands(&lab, base().variable("PGPASSFILE", &named), &[&named]);
    // If the password of a line is wrong, the message names the file.
    let wrong = base().variable("PGPASSFILE", &named).variable("PGHOST", "127.0.0.1");
    let output = wrong.arguments(["status"]).without_terminal().output().expect_code(7);
    let _ = output.expect_stdout("password retrieved from file").expect_stdout("work/passwords");
    // The password file in the home folder is used, unless others may read it.
    let home = file(lab.sandbox.home().join(".pgpass"), 0o600, &line);
    lands(&lab, base(), &[&named, &home]);
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _ = base().arguments(["status"]).without_terminal().output().expect_code(7).expect_stdout(".pgpass");
}

#[test]
fn a_service_leads_to_the_database_and_wins_over_the_environment() {
    let lab = Lab::with_password();
    let (host, port) = place(&lab);
    let text = format!(
        "[elsewhere]\nhost=/nowhere\n\n[production]\nhost={host}\nport={port}\ndbname={DATABASE}\nuser={OWNER}\npassword={}\n",
        canary::PASSWORD
    );
    let services = file(lab.sandbox.work().join("services.conf"), 0o600, &text);
    let run = || lab.sandbox.oneroof([] as [&str; 0]).variable("PGSERVICEFILE", &services);
    let environment = run().variable("PGSERVICE", "production").variable("PGHOST", "/nowhere").variable("PGPORT", "1");
    lands(&lab, environment, &[&services]);
    lands(&lab, run().arguments(["--dsn", "service=production"]), &[&services]);
    lands(&lab, run().arguments(["-d", "postgresql://?service=production"]), &[&services]);
    let missing = run().variable("PGSERVICE", "absent").arguments(["status"]).output().expect_code(2);
    let _ = missing.expect_stdout("absent");
}

#[test]
fn a_profile_leads_to_the_database() {
    let lab = Lab::with_password();
    let (host, port) = place(&lab);
    let text = format!(
        "[profile.production]\nhost = \"{host}\"\nport = {port}\ndbname = \"{DATABASE}\"\nuser = \"{OWNER}\"\n\n[profile.elsewhere]\nhost = \"/nowhere\"\n"
    );
    let run = || lab.sandbox.oneroof(["--profile", "production"]).variable("PGPASSWORD", canary::PASSWORD);
    // The profile is in the file that `--config` names, then in the working folder, then in the configuration folder.
    let named = file(lab.sandbox.root().join("elsewhere/targets.toml"), 0o644, &text);
    lands(&lab, run().arguments([Path::new("--config"), &named]), &[]);
    let here = file(lab.sandbox.work().join("oneroof.toml"), 0o644, &text);
    lands(&lab, run(), &[]);
    std::fs::remove_file(here).unwrap();
    let _ = run().arguments(["status"]).output().expect_code(2).expect_stdout("no file oneroof.toml was found");
    file(lab.sandbox.home().join(".config/oneroof/oneroof.toml"), 0o644, &text);
    lands(&lab, run(), &[]);
    // A profile has the lowest priority. Every other source wins.
    let output = run().variable("PGPORT", "1").arguments(["status"]).output().expect_code(7);
    let _ = output.expect_stdout(".s.PGSQL.1");
    let _ = run().arguments(["status", "--profile", "prodution"]).output().expect_code(2);
    let unknown = lab.sandbox.oneroof(["status", "--profile", "prodution"]).output().expect_code(2);
    let _ = unknown.expect_stdout("The file holds: elsewhere, production.");
}

/// A person who works in a checkout did not write the files in it.
#[test]
fn a_profile_of_the_working_folder_is_named_first_and_runs_nothing() {
    let sandbox = Sandbox::new();
    let marker = sandbox.work().join("marker");
    let profile = format!("[profile.prod]\nhost = \"h\"\nvia = \"touch {}\"\n", marker.display());
    let here = file(sandbox.work().join("oneroof.toml"), 0o644, &profile);
    let run = || sandbox.oneroof(["status", "--profile", "prod", "-U", "me", "-d", "d"]);
    let output = run().output().expect_code(2).expect_stdout("would run a command");
    let _ = output.expect_stdout("--config").expect_stdout("oneroof.toml");
    assert!(!marker.exists());
    // The user's own file is used. The output says that the file in the working folder is not.
    let own = "[profile.prod]\nhost = \"/nowhere\"\n";
    let own = file(sandbox.home().join(".config/oneroof/oneroof.toml"), 0o644, own);
    let output = run().output().expect_code(7).expect_stdout("/nowhere");
    let _ = output.expect_stdout("in the working folder is not used").expect_stdout("your own");
    assert!(!marker.exists());
    // If the user names the file with `--config`, it is trusted, even under another name.
    std::os::unix::fs::symlink(&here, sandbox.work().join("link.toml")).unwrap();
    let named = run().arguments(["--config", "link.toml"]).output().expect_code(7);
    let _ = named.expect_stdout("work/oneroof.toml, named by --config");
    assert!(marker.exists());
    // Without another file and without a command, the profile in the working folder is used. Standard error names the file before anything
    // is sent, even with `--quiet`.
    std::fs::remove_file(own).unwrap();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let profile = format!("[profile.prod]\nhost = \"127.0.0.1\"\nport = {port}\nconnect_timeout = 2\n");
    file(here, 0o644, &profile);
    let quiet = run().arguments(["--quiet", "--format", "json"]).start();
    quiet.wait_for_stderr("oneroof.toml, found in the working folder: 127.0.0.1:");
    let report = quiet.finish().expect_code(7).json();
    let notes = report["notes"].to_string();
    assert!(notes.contains("found in the working folder"), "{notes}");
}

#[test]
fn a_profile_with_a_password_is_refused_with_the_way_to_do_it_right() {
    let sandbox = Sandbox::new();
    let text = format!("[profile.production]\nhost = \"db\"\npassword = \"{}\"\n", canary::PASSWORD);
    let path = file(sandbox.work().join("oneroof.toml"), 0o600, &text);
    let output = sandbox.oneroof(["target", "--profile", "production"]).output().expect_code(2);
    canary::assert_silent(&sandbox, &[&output], &[&path]);
    let _ = output.expect_stdout("oneroof.toml:3").expect_stdout(".pgpass");
}

#[test]
fn target_tells_where_each_value_came_from_and_never_a_password() {
    let sandbox = Sandbox::new();
    let services = format!("[production]\nhost=db.example.org\npassword={}\n", canary::PASSWORD);
    let services = file(sandbox.work().join("services.conf"), 0o600, &services);
    let profile = "[profile.production]\ndbname = \"directus\"\nconnect_timeout = 7\nrole = \"releaser\"\n";
    let profile = file(sandbox.work().join("targets.toml"), 0o644, profile);
    let run = |arguments: &[&str]| {
        sandbox
            .oneroof(arguments)
            .arguments(["target", "--config", "targets.toml", "--profile", "production", "-p", "6432"])
            // The path is relative to the working folder, because a longer path would change the layout of the table.
            .variable("PGSERVICEFILE", "services.conf")
            .variable("PGSERVICE", "production")
            .variable("PGUSER", "workflow_admin")
            .variable("PGPORT", "1")
    };
    let layers = run(&[]).output().expect_success();
    insta::assert_snapshot!("target_layers", layers.snapshot());
    let strings = sandbox
        .oneroof(["target", "--dsn"])
        .argument(format!(
            "postgresql://one:{}@[::1]:5433,two/app?sslmode=require&application_name=a%20b",
            canary::PASSWORD
        ))
        .output()
        .expect_success();
    insta::assert_snapshot!("target_string", strings.snapshot());
    let via = sandbox.oneroof(["target", "--via", "ssh db nc -U /run/postgresql/.s.PGSQL.5432", "-U", "app"]);
    let via = via.output().expect_success();
    insta::assert_snapshot!("target_via", via.snapshot());
    let json = run(&["--format", "json"]).output().expect_success();
    assert_eq!(json.json()["command"], "target");
    canary::assert_silent(&sandbox, &[&layers, &strings, &via, &json], &[&services, &profile]);
}
