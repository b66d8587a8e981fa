//! The tests change and remove only their own objects on a server that somebody else runs.

use std::sync::atomic::{AtomicU32, Ordering};

use oneroof::testing::lab::{ADMINISTRATOR, Cluster, MAINTENANCE_DATABASE};

use crate::support::{DATABASE, Lab, programs, readers};

/// A server that requires a password from everybody, as a database container in CI does.
fn server() -> (Cluster, String) {
    let cluster = Cluster::builder(programs())
        .cached()
        .tcp()
        .access("host all all 127.0.0.1/32 scram-sha-256")
        .setting("password_encryption", "scram-sha-256")
        .start()
        .unwrap();
    ask(&cluster, "CREATE ROLE runner LOGIN SUPERUSER PASSWORD 'of the runner'");
    let dsn = format!("postgres://runner:of%20the%20runner@127.0.0.1:{}/{MAINTENANCE_DATABASE}", cluster.port());
    (cluster, dsn)
}

fn ask(cluster: &Cluster, sql: &str) -> String {
    let answer = cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, sql);
    answer.unwrap().trim_end().to_owned()
}

fn databases(cluster: &Cluster) -> String {
    ask(cluster, "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
}

#[test]
fn the_database_is_made_for_the_test_and_removed_after_it() {
    let (cluster, dsn) = server();
    let lab = Lab::at(&dsn);
    assert_eq!(lab.psql("SELECT current_database()"), DATABASE);
    assert_eq!(lab.count("public.v_governance_object_inventory"), 35);
    readers::assert_same(&lab.dump(), &Lab::own(|builder| builder).dump());
    drop(lab);
    assert_eq!(databases(&cluster), MAINTENANCE_DATABASE);
    assert_eq!(ask(&cluster, "SELECT rolname FROM pg_roles WHERE rolname = 'workflow_admin'"), "");
}

#[test]
fn what_others_made_is_refused_and_left_alone() {
    let (cluster, dsn) = server();
    cluster.create_database(DATABASE, ADMINISTRATOR).unwrap();
    let refused = std::panic::catch_unwind(|| Lab::at(&dsn)).unwrap_err();
    let why = refused.downcast_ref::<String>().unwrap();
    assert!(why.contains("what the tests did not make"), "{why}");
    assert!(why.contains("database directus"), "{why}");
    assert_eq!(databases(&cluster), "directus\npostgres");

    let refused = std::panic::catch_unwind(|| {
        Lab::at(&dsn.replace(MAINTENANCE_DATABASE, DATABASE).replace("directus://", "postgres://"))
    });
    let why = *refused.unwrap_err().downcast::<String>().unwrap();
    assert!(why.contains("name another database"), "{why}");
}

#[test]
fn what_a_killed_test_left_is_removed_by_the_next() {
    let (cluster, dsn) = server();
    std::thread::scope(|scope| {
        scope.spawn(|| Lab::at(&dsn).abandon()).join().unwrap();
    });
    // A killed process would not hold the lock any more.
    ask(&cluster, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
    let lab = Lab::at(&dsn);
    assert_eq!(lab.count("public.os_proposal_approvals"), 0);
}

#[test]
fn a_second_lab_in_one_test_is_refused_instead_of_waited_for() {
    let (_cluster, dsn) = server();
    let _first = Lab::at(&dsn);
    let refused = std::panic::catch_unwind(|| Lab::at(&dsn)).unwrap_err();
    let why = refused.downcast_ref::<&str>().unwrap();
    assert!(why.contains("one lab of a given server at a time"), "{why}");
}

#[test]
fn tests_take_turns() {
    let (_cluster, dsn) = server();
    let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let lab = Lab::at(&dsn);
                let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                lab.ratify();
                inside.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    assert_eq!(most.into_inner(), 1);
}
