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
