//! A database that sends more messages than the packet's own. The program ignores them, and names its own limit as its own.

use std::sync::OnceLock;

use crate::executors::content;
use crate::packet::{APR, apply, rollback, standing};
use crate::support::Lab;

/// A separate server, because roles belong to the whole server.
fn lab_with(settings: &[&str]) -> Lab {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    for setting in settings {
        lab.admin(setting);
    }
    lab
}

/// Applies and rolls back the whole release with these settings. Returns the content between the two.
fn released(settings: &[&str]) -> String {
    let lab = lab_with(settings);
    let baseline = lab.dump();
    let _ = lab.oneroof(["preflight", "--ratified-apr", APR]).output().expect_success();
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    let output = apply(&lab).expect_success();
    for word in ["duration:", "Query Text", "DEBUG", "LOG:", "plan:"] {
        assert!(!output.stdout.contains(word), "{word} is shown\n{}", output.whole());
    }
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = lab.oneroof(["fingerprint"]).output().expect_success();
    let content = content(&lab);
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert!(baseline == lab.dump());
    content
}

/// The content after a release without such settings.
fn golden() -> &'static str {
    static GOLDEN: OnceLock<String> = OnceLock::new();
    GOLDEN.get_or_init(|| released(&[]))
}

/// Logs the plan of every statement, including nested ones.
const EXPLAIN: [&str; 4] = [
    "ALTER ROLE workflow_admin SET session_preload_libraries = 'auto_explain'",
    "ALTER ROLE workflow_admin SET auto_explain.log_min_duration = 0",
    "ALTER ROLE workflow_admin SET auto_explain.log_nested_statements = on",
    "ALTER ROLE workflow_admin SET auto_explain.log_analyze = on",
];

#[test]
fn plans_that_are_logged_to_the_client_are_ignored() {
    let settings = [&EXPLAIN[..], &["ALTER ROLE workflow_admin SET client_min_messages = 'log'"]].concat();
    assert_eq!(golden(), released(&settings));
}

#[test]
fn plans_that_no_client_setting_can_suppress_are_ignored() {
    // INFO reaches the client whatever `client_min_messages` says.
    let settings = [&EXPLAIN[..], &["ALTER ROLE workflow_admin SET auto_explain.log_level = 'info'"]].concat();
    assert_eq!(golden(), released(&settings));
}

#[test]
fn everything_that_the_server_logs_may_go_to_the_client_too() {
    let loud = [
        "ALTER ROLE workflow_admin SET client_min_messages = 'debug5'",
        "ALTER ROLE workflow_admin SET log_statement = 'all'",
        "ALTER ROLE workflow_admin SET log_duration = on",
        "ALTER ROLE workflow_admin SET log_min_duration_statement = 0",
        "ALTER ROLE workflow_admin SET log_lock_waits = on",
        "ALTER DATABASE directus SET debug_print_plan = on",
    ];
    assert_eq!(golden(), released(&loud));
}

#[test]
fn a_row_over_the_limit_is_reported_as_a_limit_of_this_program() {
    let lab = lab_with(&["UPDATE public.os_proposal_approvals SET signature_ref = pg_catalog.repeat('x', 20000000)"]);
    let report = lab.oneroof(["gate", "--format", "json"]).output().expect_code(5).json();
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.contains("limit of this program") && message.contains("16 MB"), "{message}");
    assert!(!message.contains("connection"), "{message}");
}
