use super::*;
use crate::pg::session::{Row, StatementReply};
use crate::release::{Release, Tier};
use std::sync::OnceLock;

fn release() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| Release::embedded().unwrap())
}

fn tier(number: usize) -> &'static Tier {
    &release().descriptor.tiers[number - 1]
}

fn run(number: usize, direction: Direction) -> Run<'static> {
    Run { tier: tier(number), direction }
}

/// Its epoch is 1: as a row's xmin it is 842.
fn pending() -> Pending {
    Pending::sample("4294968138")
}

/// The answers to COMMIT, the status and the witness, as they come in one reply.
fn reply(tag: &str, status: Option<&str>, witness: Vec<Row>) -> Reply {
    let told = Row::of(&[("status", status)]);
    let statement = |tag: &str, rows| StatementReply { tag: tag.to_owned(), rows, notices: Vec::new() };
    let statements = vec![statement(tag, Vec::new()), statement("SELECT 1", vec![told]), statement("SELECT", witness)];
    Reply { statements, error: None, status: b'I' }
}

fn stands(run: &Run<'_>, rows: Vec<Row>) -> bool {
    witness_stands(run, &pending().xid, &reply("COMMIT", None, rows), &SegmentId::sample(2..3))
}

fn shadow_drop() -> &'static Tier {
    &release().descriptor.shadow.as_ref().unwrap().drop_run
}

#[test]
fn a_tier_stands_by_a_row_that_bears_the_transaction_s_own_id() {
    let apply = run(2, Direction::Apply);
    assert!(stands(&apply, vec![Row::told(&[("xmin", "842")])]));
    assert!(stands(&apply, vec![Row::told(&[("xmin", "7")]), Row::told(&[("xmin", "842")])]));
    for other in ["841", "843", "4294968138", "", "0"] {
        assert!(!stands(&apply, vec![Row::told(&[("xmin", other)])]), "{other}");
    }
    assert!(!stands(&apply, Vec::new()));
    let told = reply("COMMIT", None, vec![Row::told(&[("xmin", "0")])]);
    assert!(!witness_stands(&apply, "perhaps", &told, &SegmentId::sample(2..3)));
}

#[test]
fn a_rollback_stands_when_this_very_tier_is_absent() {
    let undo = run(2, Direction::Undo);
    let told = |tier: &str, state: &str| Row::told(&[("tier", tier), ("state", state)]);
    assert!(stands(&undo, vec![told("1", "applied"), told("2", "absent"), told("3", "absent")]));
    assert!(!stands(&undo, vec![told("1", "absent"), told("2", "applied"), told("3", "absent")]));
    assert!(!stands(&undo, vec![told("2", "altered")]));
    assert!(!stands(&undo, vec![told("3", "absent")]));
    assert!(!stands(&undo, vec![Row::told(&[("xmin", "842")])]));
}

#[test]
fn what_an_action_drops_stands_by_its_absence_and_what_it_writes_by_its_row() {
    let drop = Run { tier: shadow_drop(), direction: Direction::Apply };
    assert!(stands(&drop, vec![Row::told(&[("gone", "t")])]));
    assert!(!stands(&drop, vec![Row::told(&[("gone", "f")])]));
    assert!(!stands(&drop, vec![Row::told(&[("xmin", "842")])]));
    let write = Run { tier: &release().descriptor.actions[0].run, direction: Direction::Apply };
    assert!(stands(&write, vec![Row::told(&[("xmin", "842")])]));
    assert!(!stands(&write, vec![Row::told(&[("gone", "t")])]));
}

/// `C`ommitted, `R`efused or `U`nclear.
fn read(run: &Run<'_>, reply: &Reply) -> char {
    match read_commit(run, &pending(), reply, &SegmentId::sample(1..2), &SegmentId::sample(2..3)) {
        CommitAnswer::Committed => 'C',
        CommitAnswer::Refused(_) => 'R',
        CommitAnswer::Unclear(_) => 'U',
    }
}

#[test]
fn a_commit_is_believed_only_when_tag_status_and_witness_agree() {
    let apply = run(2, Direction::Apply);
    let ours = || vec![Row::told(&[("xmin", "842")])];
    for (tag, status, witness, expected) in [
        ("COMMIT", Some("committed"), ours(), 'C'),
        ("COMMIT", Some("committed"), Vec::new(), 'U'),
        ("COMMIT", Some("aborted"), ours(), 'U'),
        ("COMMIT", Some("in progress"), ours(), 'U'),
        ("COMMIT", None, ours(), 'U'),
        ("ROLLBACK", Some("aborted"), Vec::new(), 'R'),
        ("ROLLBACK", None, Vec::new(), 'R'),
        ("ROLLBACK", Some("committed"), Vec::new(), 'U'),
        ("", Some("committed"), ours(), 'U'),
    ] {
        assert_eq!(read(&apply, &reply(tag, status, witness)), expected, "{tag} {status:?}");
    }
}

#[test]
fn an_error_is_a_refusal_only_where_it_is_the_commit_s_own_and_nothing_is_open() {
    let apply = run(2, Direction::Apply);
    let failed = |statements: usize, status: u8| {
        let mut reply = reply("", None, Vec::new());
        reply.statements.truncate(statements);
        Reply { error: Some(crate::pg::tap::ServerMessage::default()), status, ..reply }
    };
    assert_eq!(read(&apply, &failed(1, b'I')), 'R');
    // The transaction is still open, or COMMIT went through and a question after it failed.
    assert_eq!(read(&apply, &failed(1, b'E')), 'U');
    assert_eq!(read(&apply, &failed(2, b'I')), 'U');
}

#[test]
fn the_questions_name_the_transaction_and_the_tier_s_own_witness() {
    assert_eq!(
        status_question(&pending().xid),
        "SELECT pg_catalog.pg_xact_status('4294968138'::pg_catalog.xid8) AS status;"
    );
    let asked = |tier, direction| witness_question(release(), &Run { tier, direction }, &pending().xid);
    assert_eq!(asked(tier(2), Direction::Undo), release().states());
    let witness = &tier(2).witness;
    let (column, value) = (witness.column.as_deref().unwrap(), witness.value.as_deref().unwrap());
    assert!(
        asked(tier(2), Direction::Apply)
            .ends_with(&format!("FROM {} AS t WHERE t.{column} OPERATOR(pg_catalog.=) '{value}';", witness.table))
    );
    let made = &tier(1).witness.table;
    assert!(asked(tier(1), Direction::Apply).ends_with(&format!("pg_catalog.to_regclass('{made}');")));
    assert!(asked(shadow_drop(), Direction::Apply).contains("IS NULL AS gone"));
    let action = &release().descriptor.actions[0].run;
    assert!(asked(action, Direction::Apply).contains(&format!("FROM {} AS t WHERE t.xmin", action.witness.table)));
}
