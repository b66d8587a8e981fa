//! Tests of the judge. They begin with the evidence of a correct tier, and each test changes one fact of it.

mod catalogue;

use super::*;
use catalogue::wrote;

fn session() -> Identity {
    Identity {
        database: "directus".to_owned(),
        current_user: "workflow_admin".to_owned(),
        pid: 7,
        backend_start: "earlier".to_owned(),
        system_identifier: "1".to_owned(),
        timeline: "1".to_owned(),
        replication_role: "origin".to_owned(),
        holds_run_lock: true,
        track_counts: true,
        // The counters may include rows that an earlier transaction of the session wrote.
        catalog_writes: BTreeMap::from([("pg_class".to_owned(), [82, 64, 0])]),
        ..Identity::default()
    }
}

fn oid(relation: &str) -> String {
    relation.bytes().map(usize::from).sum::<usize>().to_string()
}

/// A lock as `identity.sql` lists it: the oid of the relation, a blank, and the mode.
fn held(relation: &str, mode: &str) -> String {
    format!("{} {mode}", oid(relation))
}

fn lock(relation: &str, mode: &str) -> Lock {
    Lock { oid: oid(relation), relation: relation.to_owned(), mode: mode.to_owned(), catalog: false }
}

fn counted(before: (i64, i64), after: (i64, i64)) -> Counted {
    let count = |rows| RowCount { rows: Some(rows), ..RowCount::default() };
    Counted { relation: "public.owned".to_owned(), before: count(before), after: count(after), live: false }
}

/// The evidence of a correct tier that inserts 30 rows.
fn honest() -> TierEvidence {
    let guard = vec![held("public.gate", "ShareLock"), held("public.owned", "ShareRowExclusiveLock")];
    let mut after = Identity { xid: Some("842".to_owned()), ..session() };
    // ANALYZE of the written table.
    after.catalog_writes.insert("pg_statistic".to_owned(), [14, 0, 0]);
    TierEvidence {
        before: Identity { locks: guard, ..session() },
        xid: Some("842".to_owned()),
        after,
        locks: vec![
            lock("public.gate", "ShareLock"),
            lock("public.owned", "ShareRowExclusiveLock"),
            lock("public.owned", "RowExclusiveLock"),
        ],
        catalog_made: BTreeMap::new(),
        catalog: None,
        beside: None,
        counted: vec![counted((0, 0), (30, 30))],
    }
}

/// Alters the evidence of a correct tier with `change`, judges it, and returns the breaches. The tier promises 30 inserted rows.
fn found(change: impl FnOnce(&mut TierEvidence)) -> Vec<String> {
    found_under(change, |_| {})
}

fn found_under(change: impl FnOnce(&mut TierEvidence), promised: impl FnOnce(&mut Promise<'_>)) -> Vec<String> {
    found_with(change, promised, &[])
}

/// The same in a transaction in which an earlier tier has run.
fn found_after(earlier: &TierEvidence, change: impl FnOnce(&mut TierEvidence)) -> Vec<String> {
    let mut evidence = honest();
    change(&mut evidence);
    let (session, deltas) =
        (session(), BTreeMap::from([("public.owned".to_owned(), Delta { inserted: 30, ..Delta::default() })]));
    breaches(&evidence, &Promise { earlier: Some(earlier), ..promise(&session, &deltas) })
}

fn one_tier() -> &'static crate::release::Tier {
    static TIER: std::sync::OnceLock<crate::release::Tier> = std::sync::OnceLock::new();
    TIER.get_or_init(crate::release::Tier::default)
}

fn no_names() -> &'static BTreeSet<&'static str> {
    static NONE: BTreeSet<&str> = BTreeSet::new();
    &NONE
}

fn promise<'a>(session: &'a Identity, deltas: &'a BTreeMap<String, Delta>) -> Promise<'a> {
    Promise {
        session,
        writes: BTreeSet::from(["public.owned"]),
        creates: false,
        makes: false,
        packet: BTreeSet::from(["public.ours"]),
        gate: "public.gate",
        never_write: &[],
        deltas,
        upserts: &[],
        deletes: &[],
        earlier: None,
        back_again: None,
        declared: Declared { tier: one_tier(), empty: no_names(), back: false },
        role: "workflow_admin",
    }
}

fn found_with(
    change: impl FnOnce(&mut TierEvidence),
    promised: impl FnOnce(&mut Promise<'_>),
    upserts: &[String],
) -> Vec<String> {
    let mut evidence = honest();
    change(&mut evidence);
    let session = session();
    let never_write = ["public.gate".to_owned(), "public.outbox".to_owned()];
    let deltas = BTreeMap::from([("public.owned".to_owned(), Delta { inserted: 30, ..Delta::default() })]);
    let mut promise = Promise { never_write: &never_write, upserts, ..promise(&session, &deltas) };
    promised(&mut promise);
    breaches(&evidence, &promise)
}

#[test]
fn evidence_of_a_correct_tier_has_no_breach() {
    assert_eq!(found(|_| {}), Vec::<String>::new());
}

#[test]
fn another_session_is_a_breach_at_either_end() {
    type IdentityChange = fn(&mut Identity);
    let cases: [(IdentityChange, &str); 10] = [
        (|seen| seen.pid = 8, "another backend answered: pid 8, started earlier, instead of pid 7, started earlier"),
        (
            |seen| seen.backend_start = "later".to_owned(),
            "another backend answered: pid 7, started later, instead of pid 7, started earlier",
        ),
        (|seen| seen.system_identifier = "2".to_owned(), "another server answered: system 2 timeline 1"),
        (|seen| seen.timeline = "3".to_owned(), "another server answered: system 1 timeline 3"),
        (|seen| seen.database = "other".to_owned(), "another database answered: other"),
        (|seen| seen.in_recovery = true, "the transaction is read only"),
        (|seen| seen.read_only = true, "the transaction is read only"),
        (|seen| seen.replication_role = "replica".to_owned(), "session_replication_role is replica"),
        (|seen| seen.current_user = "postgres".to_owned(), "the role is postgres, not workflow_admin"),
        (|seen| seen.holds_run_lock = false, "this session no longer holds the run lock"),
    ];
    for (change, sentence) in cases {
        assert_eq!(found(|evidence| change(&mut evidence.before)), [format!("before the body {sentence}")]);
        assert_eq!(found(|evidence| change(&mut evidence.after)), [format!("at its end {sentence}")]);
    }
}

#[test]
fn a_transaction_id_before_the_guards_are_done_is_a_write() {
    let early = |evidence: &mut TierEvidence| evidence.before.xid = Some("842".to_owned());
    assert_eq!(found(early), ["something was written before the tier's first checks were complete"]);
    // In a shared transaction an earlier tier has written rows. An ACCESS EXCLUSIVE lock assigns a transaction id without a write.
    assert_eq!(found_after(&TierEvidence::default(), early), Vec::<String>::new());
    let exclusive = |evidence: &mut TierEvidence| {
        early(evidence);
        evidence.before.locks.push(held("public.owned", "AccessExclusiveLock"));
    };
    assert_eq!(found(exclusive), Vec::<String>::new());
}

/// A hidden COMMIT in a body ends the transaction. The statements after it have another transaction id or none.
#[test]
fn a_hidden_commit_shows_as_another_transaction() {
    let another = |evidence: &mut TierEvidence| evidence.after.xid = Some("843".to_owned());
    assert_eq!(found(another), ["the tier did not stay in one transaction: xid 842, then 843"]);
    let none = |evidence: &mut TierEvidence| evidence.after.xid = None;
    assert_eq!(found(none), ["the tier did not stay in one transaction: xid 842, then none"]);
    let never = |evidence: &mut TierEvidence| evidence.xid = None;
    assert_eq!(found(never), ["the tier did not stay in one transaction: xid none, then 842"]);
}

#[test]
fn a_lock_on_what_the_tier_does_not_declare_is_a_breach() {
    for mode in [
        "RowExclusiveLock",
        "ShareUpdateExclusiveLock",
        "ShareLock",
        "ShareRowExclusiveLock",
        "ExclusiveLock",
        "AccessExclusiveLock",
    ] {
        let stray = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.other", mode));
        assert_eq!(found(stray), [format!("the tier locked public.other in mode {mode}, which it does not declare")]);
        let outbox = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.outbox", mode));
        assert_eq!(found(outbox), [format!("the tier locked public.outbox in mode {mode}, which it does not declare")]);
    }
    let twice = |evidence: &mut TierEvidence| {
        evidence.locks.extend([lock("public.other", "ShareLock"), lock("public.other", "ShareLock")]);
    };
    assert_eq!(found(twice).len(), 1, "one relation and mode is one sentence");
}

#[test]
fn what_must_never_be_written_is_a_breach_even_where_it_is_declared() {
    let outbox = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.outbox", "RowExclusiveLock"));
    let declared = found_under(outbox, |promise| promise.writes.extend(["public.outbox"]));
    assert_eq!(declared, ["the tier locked public.outbox in mode RowExclusiveLock, which it does not declare"]);
    let gate = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.gate", "RowExclusiveLock"));
    assert_eq!(found(gate), ["the tier locked public.gate in mode RowExclusiveLock, which it does not declare"]);
}

#[test]
fn a_share_lock_that_the_guard_took_writes_nothing() {
    let by_guard = |evidence: &mut TierEvidence| {
        evidence.before.locks.push(held("public.seam", "ShareLock"));
        evidence.locks.push(lock("public.seam", "ShareLock"));
    };
    assert_eq!(found(by_guard), Vec::<String>::new());
    let by_body = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.seam", "ShareLock"));
    assert_eq!(found(by_body).len(), 1, "the body may be building an index");
    // A stronger lock of the guard on another relation is still a breach.
    let stronger = |evidence: &mut TierEvidence| {
        evidence.before.locks.push(held("public.seam", "RowExclusiveLock"));
        evidence.locks.push(lock("public.seam", "RowExclusiveLock"));
    };
    assert_eq!(found(stronger).len(), 1);
}

#[test]
fn the_catalogue_s_own_locks_are_for_the_tier_that_makes_or_drops() {
    let catalog = |evidence: &mut TierEvidence| {
        evidence.locks.push(Lock { catalog: true, ..lock("pg_catalog.pg_class", "RowExclusiveLock") });
    };
    assert_eq!(found_under(catalog, |promise| promise.makes = true).len(), 1, "only the missing rows of the catalog");
    let mut earlier = TierEvidence::default();
    catalog(&mut earlier);
    assert_eq!(found_after(&earlier, catalog), Vec::<String>::new(), "an earlier tier's");
    // A correct tier that creates nothing has no such row. A row means a comment, a rule or a dropped object.
    let sentence = "the tier locked pg_catalog.pg_class in mode RowExclusiveLock, which it does not declare";
    assert_eq!(found(catalog), [sentence]);
}

#[test]
fn the_packet_s_own_objects_may_be_locked_by_the_tier_that_makes_or_drops_them_only() {
    let ours = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.ours", "AccessExclusiveLock"));
    assert_eq!(found(ours), ["the tier locked public.ours in mode AccessExclusiveLock, which it does not declare"]);
    assert_eq!(found_under(ours, |promise| promise.creates = true), Vec::<String>::new());
    let other = |evidence: &mut TierEvidence| evidence.locks.push(lock("public.other", "AccessExclusiveLock"));
    assert_eq!(found_under(other, |promise| promise.creates = true).len(), 1);
}

#[test]
fn rows_that_differ_from_the_declared_ones_are_a_breach() {
    for (before, after, words) in [
        ((0, 0), (29, 29), "+29"),
        ((0, 0), (31, 31), "+31"),
        ((0, 0), (0, 0), "no rows"),
        ((0, 0), (30, 31), "+30 ~1"),
        // The tier inserted 30 rows and deleted an existing one.
        ((1, 0), (30, 30), "+29 ~1"),
        ((30, 0), (0, 0), "-30"),
        ((30, 0), (30, 30), "~30"),
    ] {
        let sentence = format!("public.owned: expected +30, found {words}");
        assert_eq!(found(|evidence| evidence.counted = vec![counted(before, after)]), [sentence]);
    }
    assert_eq!(found(|evidence| evidence.counted.clear()), ["public.owned: its rows were not counted"]);
    let undeclared = |evidence: &mut TierEvidence| {
        evidence.counted.push(Counted { relation: "public.also".to_owned(), ..counted((0, 0), (1, 1)) });
    };
    assert_eq!(found(undeclared), ["public.also: expected no rows, found +1"]);
}

#[test]
fn no_row_may_be_lost_if_rows_may_be_added_or_changed() {
    let upserts = ["public.owned".to_owned()];
    let under = |before, after| {
        let rows = move |evidence: &mut TierEvidence| evidence.counted = vec![counted(before, after)];
        found_with(rows, |_| {}, &upserts)
    };
    for (before, after) in [((0, 0), (0, 0)), ((0, 0), (5, 5)), ((5, 0), (5, 3)), ((5, 0), (9, 6))] {
        assert_eq!(under(before, after), Vec::<String>::new(), "{before:?} {after:?}");
    }
    assert_eq!(under((5, 0), (4, 0)), ["public.owned: only added or changed rows are allowed, but found -1"]);
    // There is one more row than this transaction wrote, although the table was locked.
    assert_eq!(under((5, 0), (7, 1)), ["public.owned: only added or changed rows are allowed, but found +2 ~-1"]);
    // The packet declares that it deletes rows of this table.
    let lost = |evidence: &mut TierEvidence| evidence.counted = vec![counted((5, 0), (4, 0))];
    let deletes: &'static [String] = vec![upserts[0].clone()].leak();
    assert_eq!(found_with(lost, |promise| promise.deletes = deletes, &upserts), Vec::<String>::new());
}

/// Rows that the application writes during the tier are not counted as the tier's rows.
#[test]
fn the_rows_of_a_live_table_are_those_that_the_server_counted_for_the_tier() {
    let with = |counters, files: &str, rows| RowCount { rows: Some(rows), counters, files: files.to_owned() };
    let live = |before, after| Counted { relation: "public.owned".to_owned(), before, after, live: true };
    // The application deleted seven rows.
    let one = live(with([0, 0, 0], "1", (50, 0)), with([1, 2, 0], "1", (44, 3)));
    assert!(one.by_counters());
    assert_eq!(one.delta(), Delta { inserted: 1, updated: 2, deleted: 0 });
    // TRUNCATE gives the table new files and resets the counters.
    let emptied = live(with([0, 0, 0], "1", (50, 0)), with([0, 0, 0], "2", (0, 0)));
    assert!(!emptied.by_counters());
    assert_eq!(emptied.delta(), Delta { deleted: 50, ..Delta::default() });
    // Rows that the tier inserts after its TRUNCATE. In the second case an earlier tier of the same transaction had inserted the rows.
    for before in [with([0, 0, 0], "1", (50, 0)), with([50, 0, 0], "1", (50, 50))] {
        let refilled = Counted { live: false, ..live(before, with([2, 0, 0], "2", (2, 2))) };
        assert_eq!(refilled.delta(), Delta { inserted: 2, updated: 0, deleted: 50 });
    }
}

#[test]
fn rows_that_the_application_adds_to_a_live_table_before_its_rewrite_are_not_the_tiers() {
    let count = |rows, counters, files: &str| RowCount { rows: Some(rows), counters, files: files.to_owned() };
    let delta = |after| {
        let before = count((20, 0), [1, 2, 0], "100");
        Counted { relation: "public.owned".to_owned(), before, after, live: true }.delta()
    };
    // A rewrite gives all 21 rows our transaction id. The tier wrote none.
    assert_eq!(delta(count((21, 21), [1, 2, 0], "200")), Delta::default());
    // A TRUNCATE removes rows and resets the counters.
    assert_eq!(delta(count((0, 0), [1, 2, 0], "200")).deleted, 20);
    assert_eq!(delta(count((0, 0), [0, 0, 0], "200")).deleted, 20);
}

/// The counters count a row twice if the tier inserts and then updates it, but only one row has the tier's transaction id.
#[test]
fn the_counters_give_the_rows_where_the_counts_agree_with_them() {
    let with = |counters, rows| RowCount { rows: Some(rows), counters, files: "1".to_owned() };
    let one = |counters, rows| Counted {
        relation: "public.owned".to_owned(),
        before: with([0, 0, 0], (2, 0)),
        after: with(counters, rows),
        live: false,
    };
    assert_eq!(one([2, 4, 0], (4, 4)).delta(), Delta { inserted: 2, updated: 4, deleted: 0 });
    assert_eq!(one([3, 0, 2], (3, 3)).delta(), Delta { inserted: 3, updated: 0, deleted: 2 });
    // The counters disagree with the rows, or more rows have our transaction id than were counted.
    assert_eq!(one([3, 0, 2], (4, 3)).delta(), Delta { inserted: 2, updated: 1, deleted: 0 });
    assert_eq!(one([2, 0, 0], (4, 3)).delta(), Delta { inserted: 2, updated: 1, deleted: 0 });
}

#[test]
fn rows_written_by_an_earlier_tier_of_the_same_transaction_are_not_counted_again() {
    assert_eq!(counted((30, 30), (30, 30)).delta(), Delta::default());
    assert_eq!(counted((30, 30), (35, 35)).delta(), Delta { inserted: 5, ..Delta::default() });
    assert_eq!(counted((5, 2), (3, 2)).delta(), Delta { deleted: 2, ..Delta::default() });
    // A rollback in the same transaction deletes them.
    let mut back = counted((30, 30), (0, 0));
    back.after.counters = [0, 0, 30];
    assert_eq!(back.delta(), Delta { deleted: 30, ..Delta::default() });
}

#[test]
fn a_delta_is_written_with_signs() {
    assert_eq!(delta_words(Delta { inserted: 3, updated: 1, deleted: 2 }), "+3 ~1 -2");
    assert_eq!(delta_words(Delta { deleted: 30, ..Delta::default() }), "-30");
    assert_eq!(delta_words(Delta::default()), "no rows");
}

#[test]
fn every_breach_is_reported() {
    let all = found(|evidence| {
        evidence.after.pid = 8;
        evidence.after.xid = None;
        evidence.locks.push(lock("public.outbox", "RowExclusiveLock"));
        wrote("pg_proc", [1, 0, 0])(evidence);
        evidence.counted[0].after.rows = Some((29, 30));
    });
    assert_eq!(all.len(), 5, "{all:?}");
}

#[test]
fn a_large_table_is_judged_by_the_server_s_counters_while_they_count_the_same_files() {
    let count = |counters, files: &str| RowCount { rows: None, counters, files: files.to_owned() };
    let large = |before, after| Counted { relation: "public.owned".to_owned(), before, after, live: false };
    let judged = |one: Counted| {
        assert!(one.by_counters());
        found(|evidence| evidence.counted = vec![one])
    };
    let honest = large(count([5, 0, 1], "1 2"), count([35, 0, 1], "1 2"));
    assert_eq!(honest.delta(), Delta { inserted: 30, updated: 0, deleted: 0 });
    assert_eq!(judged(honest), Vec::<String>::new());
    let more = large(count([0, 0, 0], "1"), count([31, 1, 0], "1"));
    assert_eq!(judged(more), ["public.owned: expected +30, found +31 ~1"]);
    // The rows were counted only before or only after the tier, so the counters give the numbers.
    let grown = large(RowCount { rows: Some((9, 0)), ..count([0, 0, 0], "1") }, count([30, 0, 0], "1"));
    assert_eq!(judged(grown), Vec::<String>::new());
    // The table has new files, or track_counts is off, so the number of written rows is not known.
    let words = "public.owned: it is not known how many rows were written: the table has more than 10,000 pages, and track_counts is off or the table was rewritten";
    assert_eq!(judged(large(count([0, 0, 0], "1"), count([30, 0, 0], "2"))), [words]);
    let uncounted = large(count([0, 0, 0], "1"), count([30, 0, 0], "1"));
    let off = |evidence: &mut TierEvidence| {
        evidence.counted = vec![uncounted];
        evidence.after.track_counts = false;
    };
    assert!(found(off).contains(&words.to_owned()));
}
