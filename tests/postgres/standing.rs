//! The derived facts of the release match a run on this server. What the role cannot read is not reported as altered.

use crate::support::{Lab, Sandbox, repository};

#[test]
fn what_was_derived_of_the_release_is_what_running_it_on_this_server_gives() {
    let sandbox = Sandbox::new();
    let folder = repository("sql");
    let proved = sandbox.oneroof(["packet", "check", "--prove"]).argument(&folder).output().expect_success();
    assert!(proved.stdout.contains("running the release again gives the same derived.toml"), "{}", proved.whole());
}

#[test]
fn a_derived_number_that_running_the_release_does_not_give_is_named() {
    let sandbox = Sandbox::new();
    let copied = sandbox.work().join("sql");
    crate::support::copy_folder(&repository("sql"), &copied);
    let path = copied.join("derived.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let forged =
        text.replacen("\"public.oneroof_axis\" = { inserted = 3 }", "\"public.oneroof_axis\" = { inserted = 4 }", 1);
    assert_ne!(forged, text);
    std::fs::write(&path, forged).unwrap();
    let shown = sandbox.oneroof(["packet", "check", "--prove"]).argument(&copied).output().expect_code(6);
    assert!(shown.stdout.contains("inserted = 3") && shown.stdout.contains("inserted = 4"), "{}", shown.whole());
}

/// Nobody changed these tables. The role merely may not read them.
#[test]
fn an_unreadable_tier_is_not_called_altered() {
    let lab = Lab::ratified();
    let _ = crate::packet::apply(&lab).expect_success();
    for table in ["public.governance_object_ownership", "public.oneroof_topic"] {
        lab.admin(&format!("ALTER TABLE {table} OWNER TO {}", lab.administrator()));
        for arguments in [["status"].as_slice(), &["verify"]] {
            let refused = lab.oneroof(arguments).arguments(["--format", "json"]).output().expect_code(5);
            let report = refused.json();
            assert!(report["error"]["message"].as_str().unwrap().contains("permission denied"), "{}", refused.whole());
            assert!(report["error"]["hint"].as_str().unwrap().contains("lists the rights"), "{}", refused.whole());
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
