use super::*;
use crate::pg::session::{Row, StatementReply};
use crate::pg::tap::ServerMessage;

fn pending() -> Pending {
    Pending::sample("842")
}

/// The decision as a letter: `A` is applied, `N` is not applied, `U` is unknown.
fn verdict(direction: Direction, status: Option<&str>, state: &str, proof_row: bool, history: History) -> char {
    let release = Release::embedded().unwrap();
    verdict_of(&Run { tier: &release.descriptor.tiers[1], direction }, status, state, proof_row, history)
}

fn verdict_of(run: &Run<'_>, status: Option<&str>, state: &str, proof_row: bool, history: History) -> char {
    let state = (!run.tier.action).then(|| state.to_owned());
    let seen = CommitTraces { status: status.map(str::to_owned), proof_row, state };
    match judge(run, &pending(), &seen, history) {
        Some(Resolution::Applied) => 'A',
        Some(Resolution::NotApplied { .. }) => 'N',
        _ => 'U',
    }
}

#[test]
fn each_combination_of_facts_has_one_decision() {
    use History::{Later, Other, Perhaps, Same};
    let apply = Direction::Apply;
    for (status, state, proof_row, history, expected) in [
        (Some("committed"), "applied", true, Perhaps, 'A'),
        // Somebody has altered the tier, but the proof row is there.
        (Some("committed"), "altered", true, Perhaps, 'A'),
        // Somebody has rolled the tier back since, but the COMMIT took effect.
        (Some("committed"), "absent", false, Same, 'A'),
        (Some("committed"), "altered", false, Same, 'A'),
        (Some("committed"), "applied", false, Same, 'A'),
        // The facts are the same, but the server may have used the transaction id again after a crash.
        (Some("committed"), "absent", false, Perhaps, 'U'),
        (Some("committed"), "applied", false, Perhaps, 'U'),
        (Some("committed"), "altered", false, Perhaps, 'U'),
        // The server used the transaction id again, for example for another run of the same tier.
        (Some("committed"), "absent", false, Later, 'N'),
        (Some("committed"), "applied", true, Later, 'N'),
        (Some("aborted"), "absent", false, Same, 'N'),
        (Some("aborted"), "altered", false, Perhaps, 'N'),
        (Some("aborted"), "absent", false, Later, 'N'),
        (Some("future"), "absent", false, Perhaps, 'N'),
        (Some("in progress"), "absent", false, Same, 'N'),
        (Some("in progress"), "altered", false, Same, 'U'),
        (None, "applied", true, Same, 'A'),
        (None, "applied", false, Same, 'U'),
        (None, "absent", false, Perhaps, 'N'),
        // The status of another timeline belongs to another transaction.
        (Some("aborted"), "applied", true, Other, 'A'),
        (Some("committed"), "absent", true, Other, 'N'),
        (Some("committed"), "altered", false, Other, 'U'),
    ] {
        assert_eq!(
            verdict(apply, status, state, proof_row, history),
            expected,
            "{status:?} {state} {proof_row} {history:?}"
        );
    }
    let rollback = Direction::Rollback;
    assert_eq!(verdict(rollback, Some("committed"), "absent", true, Perhaps), 'A');
    assert_eq!(verdict(rollback, Some("committed"), "applied", false, Same), 'A');
    assert_eq!(verdict(rollback, Some("committed"), "applied", false, Perhaps), 'U');
    assert_eq!(verdict(rollback, Some("committed"), "absent", true, Later), 'N');
    assert_eq!(verdict(rollback, Some("aborted"), "applied", false, Same), 'N');
    assert_eq!(verdict(rollback, None, "altered", false, Same), 'U');
}

/// Anybody may change the rows of an action at any time, so a missing proof row proves nothing.
#[test]
fn the_proof_row_or_the_status_decides_about_an_action() {
    use History::{Later, Other, Perhaps, Same};
    let release = Release::embedded().unwrap();
    for action in &release.descriptor.actions {
        let run = Run { tier: &action.run, direction: Direction::Apply };
        for (status, proof_row, history, expected) in [
            (Some("committed"), true, Perhaps, 'A'),
            (Some("committed"), false, Perhaps, 'U'),
            (Some("committed"), false, Same, 'A'),
            (Some("committed"), false, Later, 'N'),
            (Some("aborted"), false, Perhaps, 'N'),
            (Some("aborted"), true, Perhaps, 'N'),
            (Some("future"), false, Perhaps, 'N'),
            (Some("in progress"), true, Same, 'A'),
            (Some("in progress"), false, Same, 'U'),
            (None, true, Same, 'A'),
            (None, false, Same, 'U'),
            (Some("aborted"), false, Other, 'U'),
            (Some("committed"), true, Other, 'A'),
        ] {
            assert_eq!(
                verdict_of(&run, status, "", proof_row, history),
                expected,
                "{status:?} {proof_row} {history:?}"
            );
        }
    }
}

#[test]
fn a_restart_or_crash_may_give_a_transaction_id_to_another_transaction() {
    let since = |when: &str| Some(when.to_owned());
    let pending = Pending { postmaster_start: "1".to_owned(), statistics_since: since("1"), ..pending() };
    let answers = |timeline: &str, start: &str, statistics: Option<String>, checkpoint: Option<i64>| Identity {
        timeline: timeline.to_owned(),
        postmaster_start: start.to_owned(),
        statistics_since: statistics,
        checkpoint_xid: checkpoint,
        ..Identity::default()
    };
    for (seen, expected) in [
        (answers("1", "1", since("1"), Some(800)), History::Same),
        (answers("1", "1", since("2"), Some(800)), History::Perhaps),
        (answers("1", "1", None, Some(800)), History::Perhaps),
        (answers("1", "2", since("1"), Some(843)), History::Perhaps),
        (answers("1", "2", since("1"), Some(842)), History::Later),
        (answers("1", "2", since("2"), Some(800)), History::Later),
        (answers("1", "2", since("2"), None), History::Perhaps),
        (answers("2", "1", since("1"), Some(800)), History::Other),
    ] {
        assert_eq!(history(&pending, &seen), expected, "{seen:?}");
    }
    // Evidence of an older version does not contain this time.
    let older = Pending { statistics_since: None, ..pending };
    assert_eq!(history(&older, &answers("1", "1", None, Some(800))), History::Perhaps);
}

fn old() -> Old<'static> {
    Old { pid: 7, known: known(Some(1000)) }
}

fn known(wal_bytes: Option<i64>) -> Known<'static> {
    Known { server: "1", timeline: "", wal_bytes, database: "", database_oid: Some("16384") }
}

fn answers(system: &str, in_recovery: bool, wal_bytes: Option<i64>) -> Identity {
    Identity { system_identifier: system.to_owned(), in_recovery, wal_bytes, ..Identity::default() }
}

fn reply(rows: Vec<Row>) -> Reply {
    let statement = |rows| StatementReply { tag: String::new(), rows, notices: Vec::new() };
    Reply { statements: vec![statement(rows)], error: None, status: b'I' }
}

fn failed(sqlstate: &str) -> Reply {
    let error = ServerMessage::parse(format!("C{sqlstate}\0Mno\0").as_bytes());
    Reply { error: Some(error), ..reply(Vec::new()) }
}

#[test]
fn another_server_is_rejected_and_a_standby_is_tried_again() {
    let same = |seen: &Identity| objection(&old(), seen).is_none();
    assert!(same(&answers("1", false, Some(1001))));
    assert!(same(&answers("1", false, Some(1000))), "nothing was written since");
    assert!(same(&answers("1", false, None)));
    assert!(objection(&Old { known: known(None), ..old() }, &answers("1", false, Some(1))).is_none());
    assert!(matches!(objection(&old(), &answers("2", false, Some(1001))), Some(Unanswered::Certainly(_))));
    assert!(matches!(objection(&old(), &answers("2", true, None)), Some(Unanswered::Certainly(_))));
    assert!(matches!(objection(&old(), &answers("1", true, None)), Some(Unanswered::Again(_))));
    let of = |name: &str, oid: Option<&str>| Identity {
        database: name.to_owned(),
        database_oid: oid.map(str::to_owned),
        ..answers("1", false, None)
    };
    assert!(same(&of("", Some("16384"))));
    assert!(same(&of("", None)));
    for other in [of("", Some("16385")), of("another", Some("16384")), of("another", None)] {
        assert!(matches!(objection(&old(), &other), Some(Unanswered::Certainly(_))), "{other:?}");
    }
    let copy = objection(&old(), &answers("1", false, Some(999)));
    assert!(matches!(copy, Some(Unanswered::Certainly(why)) if why.contains("log position is 0/3E7, but was 0/3E8")));
}

/// While the old backend holds the lock, its COMMIT may be under way. If another backend holds the lock, the COMMIT has ended.
#[test]
fn the_run_lock_of_the_old_backend_is_the_fence() {
    for takes_run_lock in [true, false] {
        assert!(still_fenced(7, Some(7), takes_run_lock).is_some_and(|why| why.contains("backend 7 still holds")));
        assert_eq!(still_fenced(7, Some(8), takes_run_lock), None);
        let unknown = still_fenced(0, Some(8), takes_run_lock);
        assert!(unknown.is_some_and(|why| why.contains("backend 8 still holds")));
    }
    assert_eq!(still_fenced(7, None, false), None);
    assert!(still_fenced(7, None, true).is_some_and(|why| why.contains("released")));
    assert!(still_fenced(0, None, true).is_some());
}

#[test]
fn the_holder_is_the_backend_that_has_the_run_lock() {
    let lock = |relation, granted, pid| Row::of_texts(&[("relation", relation), ("granted", granted), ("pid", pid)]);
    let holder = |rows| read_holder(&reply(rows));
    assert_eq!(holder(vec![lock("run lock", "f", "8"), lock("run lock", "t", "7")]), Ok(Some(7)));
    assert_eq!(holder(vec![lock("public.t", "t", "9"), lock("run lock", "f", "8")]), Ok(None));
    assert_eq!(holder(Vec::new()), Ok(None));
    assert!(matches!(read_holder(&failed("57014")), Err(Unanswered::Again(_))));
}

#[test]
fn the_status_is_read_and_an_id_in_the_future_has_one_too() {
    assert_eq!(read_status(&reply(vec![Row::of_texts(&[("status", "committed")])])), Ok(Some("committed".to_owned())));
    assert_eq!(read_status(&reply(vec![Row::of(&[("status", None::<&str>)])])), Ok(None));
    assert_eq!(read_status(&failed("22023")), Ok(Some("future".to_owned())));
    assert!(matches!(read_status(&failed("57P01")), Err(Unanswered::Again(_))));
}

#[test]
fn the_state_of_this_tier_is_read_and_must_be_in_the_answer() {
    let release = Release::embedded().unwrap();
    let run = Run { tier: &release.descriptor.tiers[1], direction: Direction::Apply };
    let segment = SegmentId::sample(0..1);
    let tier = |tier, state| Row::of_texts(&[("tier", tier), ("state", state)]);
    let rows = vec![tier("1", "applied"), tier("2", "absent"), tier("3", "altered")];
    assert_eq!(read_state(&reply(rows), &segment, &run), Ok(Some("absent".to_owned())));
    let others = reply(vec![tier("1", "applied"), tier("3", "altered")]);
    assert!(matches!(read_state(&others, &segment, &run), Err(Unanswered::Again(_))));
    let action = Run { tier: &release.descriptor.actions[0].run, direction: Direction::Apply };
    assert_eq!(read_state(&failed("57P01"), &segment, &action), Ok(None));
}

#[test]
fn a_contradiction_names_every_fact() {
    let tier =
        CommitTraces { status: Some("committed".to_owned()), proof_row: false, state: Some("altered".to_owned()) };
    let action = CommitTraces { status: None, proof_row: true, state: None };
    assert!(
        contradiction(&tier)
            .starts_with("pg_xact_status says committed, the tier is altered, and its proof row is missing.")
    );
    assert!(contradiction(&action).starts_with("pg_xact_status says nothing, and the action's proof row is there"));
}
