//! Old databases whose transaction ids have passed 2^31, half of the range in which ids are compared.

use crate::packet::{APR, apply, rollback};
use crate::support::{DATABASE, Lab};
use oneroof::testing::lab::StopMode;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Transaction ids in one file of `pg_xact` at the usual block size: 32 blocks with two bits for each id.
const PER_FILE: u32 = 1 << 20;

/// Sets the id of the cluster's next transaction, as if all ids before it had been used. All rows are frozen first, so none becomes too
/// old.
fn hop(lab: &Lab, next: u32) {
    let cluster = lab.cluster();
    lab.admin("ALTER DATABASE template0 ALLOW_CONNECTIONS true");
    for database in ["postgres", "template0", "template1", DATABASE] {
        lab.psql_in(database, lab.administrator(), "VACUUM (FREEZE)");
    }
    cluster.stop(StopMode::Fast).unwrap();
    let data = cluster.data();
    let owner = std::fs::metadata(&data).unwrap();
    let mut command = Command::new(cluster.programs().program("pg_resetwal"));
    command.args(["--force", "--next-transaction-id", &next.to_string(), "--pgdata"]).arg(&data).current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.gid(owner.gid()).uid(owner.uid());
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let states = data.join("pg_xact").join(format!("{:04X}", next / PER_FILE));
    std::fs::write(&states, vec![0; 256 * 1024]).unwrap();
    chown(&states, Some(owner.uid()), Some(owner.gid())).unwrap();
    cluster.start().unwrap();
}

#[test]
fn a_cluster_past_two_billion_transaction_ids_is_released() {
    let lab = Lab::own(|builder| builder);
    if !lab.cluster().programs().program("pg_resetwal").exists() {
        println!("skipped: this installation of PostgreSQL has no pg_resetwal");
        return;
    }
    lab.ratify();
    // Each step is less than half of the range. The second and the third go beyond 2^31.
    for next in [1_200_000_000, 2_200_000_000, 3_300_000_000] {
        hop(&lab, next);
        let shown: u64 = lab.admin("SELECT pg_snapshot_xmax(pg_current_snapshot())").parse().unwrap();
        assert!(shown >= u64::from(next), "{shown}");
        let before = lab.dump();
        let _ = lab.oneroof(["preflight", "--ratified-apr", APR]).output().expect_success();
        let _ = apply(&lab).expect_success();
        let _ = lab.oneroof(["verify"]).output().expect_success();
        let _ = rollback(&lab, ["--full"]).expect_success();
        assert!(before == lab.dump(), "the rollback is not equal at {next}");
        // A row with the transaction's id in `xmin` proves the COMMIT of an action.
        let _ = apply(&lab).expect_success();
        let scan = ["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02", "--yes"];
        let _ = lab.oneroof(scan).output().expect_success();
        let _ = rollback(&lab, ["--full"]).expect_success();
        for verb in ["deploy", "drop"] {
            let _ = lab.oneroof(["shadow", verb, "--yes"]).output().expect_success();
        }
    }
}
