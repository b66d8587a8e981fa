use super::*;
use crate::pg::session::{Row, StatementReply};
use crate::pg::tap::ServerMessage;

fn pending() -> Pending {
    Pending::sample("842")
}

/// `A`pplied, `N`ot applied or `U`nknown.
fn verdict(direction: Direction, status: Option<&str>, state: &str, witness: bool, history: History) -> char {
    let release = Release::embedded().unwrap();
    verdict_of(&Run { tier: &release.descriptor.tiers[1], direction }, status, state, witness, history)
}

fn verdict_of(run: &Run<'_>, status: Option<&str>, state: &str, witness: bool, history: History) -> char {
    let state = (!run.tier.action).then(|| state.to_owned());
    let seen = CommitTraces { status: status.map(str::to_owned), witness, state };
    match judge(run, &pending(), &seen, history) {
        Some(Resolution::Applied) => 'A',
        Some(Resolution::NotApplied { .. }) => 'N',
        _ => 'U',
    }
}

#[test]
fn every_answer_leads_to_one_verdict() {
    use History::{Later, Other, Perhaps, Same};
    let apply = Direction::Apply;
    for (status, state, witness, history, expected) in [
        (Some("committed"), "applied", true, Perhaps, 'A'),
        // Altered meanwhile, but our row is there.
        (Some("committed"), "altered", true, Perhaps, 'A'),
        // Taken back by somebody since: it took effect all the same.
        (Some("committed"), "absent", false, Same, 'A'),
        (Some("committed"), "altered", false, Same, 'A'),
        (Some("committed"), "applied", false, Same, 'A'),
        // The same answers, or the transaction id was used again after a crash: nobody can say.
        (Some("committed"), "absent", false, Perhaps, 'U'),
        (Some("committed"), "applied", false, Perhaps, 'U'),
        (Some("committed"), "altered", false, Perhaps, 'U'),
        // It was used again, even by another run of the same tier.
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
        // Another timeline: the status is of somebody else's history.
        (Some("aborted"), "applied", true, Other, 'A'),
        (Some("committed"), "absent", true, Other, 'N'),
        (Some("committed"), "altered", false, Other, 'U'),
    ] {
        assert_eq!(
            verdict(apply, status, state, witness, history),
            expected,
            "{status:?} {state} {witness} {history:?}"
        );
    }
    let undo = Direction::Undo;
    assert_eq!(verdict(undo, Some("committed"), "absent", true, Perhaps), 'A');
    assert_eq!(verdict(undo, Some("committed"), "applied", false, Same), 'A');
    assert_eq!(verdict(undo, Some("committed"), "applied", false, Perhaps), 'U');
    assert_eq!(verdict(undo, Some("committed"), "absent", true, Later), 'N');
    assert_eq!(verdict(undo, Some("aborted"), "applied", false, Same), 'N');
    assert_eq!(verdict(undo, None, "altered", false, Same), 'U');
}

/// What an action wrote may be changed by anybody a moment later: that it is not there proves nothing.
#[test]
fn an_action_is_applied_by_its_witness_not_applied_by_its_status_and_else_unknown() {
    use History::{Later, Other, Perhaps, Same};
    let release = Release::embedded().unwrap();
    for action in &release.descriptor.actions {
        let run = Run { tier: &action.run, direction: Direction::Apply };
        for (status, witness, history, expected) in [
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
            assert_eq!(verdict_of(&run, status, "", witness, history), expected, "{status:?} {witness} {history:?}");
        }
    }
}

#[test]
fn an_id_has_one_owner_while_the_server_lives_on_and_a_new_one_above_the_checkpoint_of_a_start() {
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
    // Evidence of before this was noted.
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
fn another_server_is_never_asked_and_a_standby_later() {
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

/// While the old backend holds the lock its COMMIT may be under way; whoever else holds it, it is over.
#[test]
fn the_fence_is_the_old_backend_s_lock() {
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
fn the_holder_is_who_was_granted_the_run_lock() {
    let lock = |relation, granted, pid| Row::told(&[("relation", relation), ("granted", granted), ("pid", pid)]);
    let told = |rows| told_holder(&reply(rows));
    assert_eq!(told(vec![lock("run lock", "f", "8"), lock("run lock", "t", "7")]), Ok(Some(7)));
    assert_eq!(told(vec![lock("public.t", "t", "9"), lock("run lock", "f", "8")]), Ok(None));
    assert_eq!(told(Vec::new()), Ok(None));
    assert!(matches!(told_holder(&failed("57014")), Err(Unanswered::Again(_))));
}

#[test]
fn a_status_is_what_the_server_says_and_an_id_of_the_future_was_never_given_out() {
    assert_eq!(told_status(&reply(vec![Row::told(&[("status", "committed")])])), Ok(Some("committed".to_owned())));
    assert_eq!(told_status(&reply(vec![Row::of(&[("status", None::<&str>)])])), Ok(None));
    assert_eq!(told_status(&failed("22023")), Ok(Some("future".to_owned())));
    assert!(matches!(told_status(&failed("57P01")), Err(Unanswered::Again(_))));
}

#[test]
fn the_state_is_this_tier_s_own_and_must_be_told() {
    let release = Release::embedded().unwrap();
    let run = Run { tier: &release.descriptor.tiers[1], direction: Direction::Apply };
    let segment = SegmentId::sample(0..1);
    let tier = |tier, state| Row::told(&[("tier", tier), ("state", state)]);
    let rows = vec![tier("1", "applied"), tier("2", "absent"), tier("3", "altered")];
    assert_eq!(told_state(&reply(rows), &segment, &run), Ok(Some("absent".to_owned())));
    let others = reply(vec![tier("1", "applied"), tier("3", "altered")]);
    assert!(matches!(told_state(&others, &segment, &run), Err(Unanswered::Again(_))));
    let action = Run { tier: &release.descriptor.actions[0].run, direction: Direction::Apply };
    assert_eq!(told_state(&failed("57P01"), &segment, &action), Ok(None));
}

#[test]
fn what_contradicts_itself_is_told_with_each_answer() {
    let tier = CommitTraces { status: Some("committed".to_owned()), witness: false, state: Some("altered".to_owned()) };
    let action = CommitTraces { status: None, witness: true, state: None };
    assert!(
        contradiction(&tier)
            .starts_with("pg_xact_status says committed, the tier is altered, and its proof row is missing.")
    );
    assert!(contradiction(&action).starts_with("pg_xact_status says nothing, and the action's proof row is there"));
}
