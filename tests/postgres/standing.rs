//! The digests by which tier 1 is known are made by a script, and those recorded are what it makes on this server.

use crate::support::{DATABASE, Lab, OWNER, repository};
use std::process::Command;

fn script(lab: &Lab, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new(repository(".ci/standing"));
    command.args(arguments).envs(lab.environment(DATABASE, OWNER));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_recorded_digests_of_the_packet_s_objects_are_what_this_server_computes() {
    let lab = Lab::new();
    let before = lab.dump();
    let major = lab.psql("SELECT current_setting('server_version_num')::int / 10000");
    let recorded = script(&lab, &["--recorded", &major]);
    assert_eq!(recorded.len(), 43);
    assert_eq!(script(&lab, &["--here"]), recorded);
    assert!(before == lab.dump(), "something of it was kept");
}

/// Nobody has touched what this role merely may not read.
#[test]
fn what_may_not_be_read_is_not_said_to_be_altered() {
    let lab = Lab::ratified();
    let _ = crate::packet::apply(&lab).expect_success();
    for table in ["public.governance_object_ownership", "public.oneroof_topic"] {
        lab.admin(&format!("ALTER TABLE {table} OWNER TO {}", lab.administrator()));
        for arguments in [["status"].as_slice(), &["verify"]] {
            let refused = lab.oneroof(arguments).arguments(["--format", "json"]).output().expect_code(5);
            let report = refused.json();
            assert!(report["error"]["message"].as_str().unwrap().contains("permission denied"), "{}", refused.whole());
            assert!(report["error"]["hint"].as_str().unwrap().contains("grants"), "{}", refused.whole());
            assert!(
                report["effect"]["altered"].is_null() && report["effect"]["applied"].is_null(),
                "{}",
                refused.whole()
            );
        }
        lab.admin(&format!("ALTER TABLE {table} OWNER TO {}", crate::support::OWNER));
    }
    let _ = lab.oneroof(["status"]).output().expect_success();
}
