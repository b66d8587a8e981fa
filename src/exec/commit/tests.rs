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

/// A COMMIT whose transaction id has the epoch 1. As a row's xmin the id is 842.
fn pending() -> Pending {
    Pending::sample("4294968138")
}

/// One reply with the answers to COMMIT, the query for the status and the query for the proof row.
fn reply(tag: &str, status: Option<&str>, proof_row: Vec<Row>) -> Reply {
    let answer = Row::of(&[("status", status)]);
    let statement = |tag: &str, rows| StatementReply { tag: tag.to_owned(), rows, notices: Vec::new() };
    let statements =
        vec![statement(tag, Vec::new()), statement("SELECT 1", vec![answer]), statement("SELECT", proof_row)];
    Reply { statements, error: None, status: b'I' }
}

fn proven(run: &Run<'_>, rows: Vec<Row>) -> bool {
    is_proven(run, &pending().xid, &reply("COMMIT", None, rows), &SegmentId::sample(2..3))
}

fn shadow_drop() -> &'static Tier {
    &release().descriptor.shadow.as_ref().unwrap().drop_run
}

#[test]
fn a_row_with_the_transaction_id_proves_an_apply() {
    let apply = run(2, Direction::Apply);
    assert!(proven(&apply, vec![Row::of_texts(&[("xmin", "842")])]));
    assert!(proven(&apply, vec![Row::of_texts(&[("xmin", "7")]), Row::of_texts(&[("xmin", "842")])]));
    for other in ["841", "843", "4294968138", "", "0"] {
        assert!(!proven(&apply, vec![Row::of_texts(&[("xmin", other)])]), "{other}");
    }
    assert!(!proven(&apply, Vec::new()));
    let other = reply("COMMIT", None, vec![Row::of_texts(&[("xmin", "0")])]);
    assert!(!is_proven(&apply, "perhaps", &other, &SegmentId::sample(2..3)));
}

#[test]
fn the_state_absent_of_its_tier_proves_a_rollback() {
    let rollback = run(2, Direction::Rollback);
    let tier_row = |tier: &str, state: &str| Row::of_texts(&[("tier", tier), ("state", state)]);
    assert!(proven(&rollback, vec![tier_row("1", "applied"), tier_row("2", "absent"), tier_row("3", "absent")]));
    assert!(!proven(&rollback, vec![tier_row("1", "absent"), tier_row("2", "applied"), tier_row("3", "absent")]));
    assert!(!proven(&rollback, vec![tier_row("2", "altered")]));
    assert!(!proven(&rollback, vec![tier_row("3", "absent")]));
    assert!(!proven(&rollback, vec![Row::of_texts(&[("xmin", "842")])]));
}

#[test]
fn a_missing_relation_or_a_written_row_proves_an_action() {
    let drop = Run { tier: shadow_drop(), direction: Direction::Apply };
    assert!(proven(&drop, vec![Row::of_texts(&[("gone", "t")])]));
    assert!(!proven(&drop, vec![Row::of_texts(&[("gone", "f")])]));
    assert!(!proven(&drop, vec![Row::of_texts(&[("xmin", "842")])]));
    let write = Run { tier: &release().descriptor.actions[0].run, direction: Direction::Apply };
    assert!(proven(&write, vec![Row::of_texts(&[("xmin", "842")])]));
    assert!(!proven(&write, vec![Row::of_texts(&[("gone", "t")])]));
}

/// The result as a letter: `C` is committed, `R` is refused, `U` is unclear.
fn read(run: &Run<'_>, reply: &Reply) -> char {
    match read_commit(run, &pending(), reply, &SegmentId::sample(1..2), &SegmentId::sample(2..3)) {
        CommitAnswer::Committed => 'C',
        CommitAnswer::Refused(_) => 'R',
        CommitAnswer::Unclear(_) => 'U',
    }
}

#[test]
fn a_commit_counts_only_if_tag_status_and_proof_row_agree() {
    let apply = run(2, Direction::Apply);
    let ours = || vec![Row::of_texts(&[("xmin", "842")])];
    for (tag, status, proof_row, expected) in [
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
        assert_eq!(read(&apply, &reply(tag, status, proof_row)), expected, "{tag} {status:?}");
    }
}

#[test]
fn an_error_means_a_rollback_only_if_the_commit_failed_and_no_transaction_is_open() {
    let apply = run(2, Direction::Apply);
    let failed = |statements: usize, status: u8| {
        let mut reply = reply("", None, Vec::new());
        reply.statements.truncate(statements);
        Reply { error: Some(crate::pg::tap::ServerMessage::default()), status, ..reply }
    };
    assert_eq!(read(&apply, &failed(1, b'I')), 'R');
    // The transaction is still open, or COMMIT succeeded and a query after it failed.
    assert_eq!(read(&apply, &failed(1, b'E')), 'U');
    assert_eq!(read(&apply, &failed(2, b'I')), 'U');
}

#[test]
fn the_queries_contain_the_transaction_id_and_the_proof_row_of_the_tier() {
    assert_eq!(
        status_question(&pending().xid),
        "SELECT pg_catalog.pg_xact_status('4294968138'::pg_catalog.xid8) AS status;"
    );
    let query = |tier, direction| proof_row_question(release(), &Run { tier, direction }, &pending().xid);
    assert_eq!(query(tier(2), Direction::Rollback), release().states());
    let proof_row = &tier(2).proof_row;
    let (column, value) = (proof_row.column.as_deref().unwrap(), proof_row.value.as_deref().unwrap());
    assert!(
        query(tier(2), Direction::Apply)
            .ends_with(&format!("FROM {} AS t WHERE t.{column} OPERATOR(pg_catalog.=) '{value}';", proof_row.table))
    );
    let made = &tier(1).proof_row.table;
    assert!(query(tier(1), Direction::Apply).ends_with(&format!("pg_catalog.to_regclass('{made}');")));
    assert!(query(shadow_drop(), Direction::Apply).contains("IS NULL AS gone"));
    let action = &release().descriptor.actions[0].run;
    assert!(query(action, Direction::Apply).contains(&format!("FROM {} AS t WHERE t.xmin", action.proof_row.table)));
}
