//! Tests of writes to the catalogs: counters and catalog rows show whose rows were written.

use super::*;

/// Evidence of writes to one catalog, as `[inserted, updated, deleted]`.
pub(super) fn wrote(catalog: &str, writes: [i64; 3]) -> impl Fn(&mut TierEvidence) {
    let catalog = catalog.to_owned();
    move |evidence| {
        let known = evidence.before.catalog_writes.get(&catalog).copied().unwrap_or_default();
        let sum = std::array::from_fn(|kind| known[kind] + writes[kind]);
        evidence.after.catalog_writes.insert(catalog.clone(), sum);
    }
}

#[test]
fn a_tier_that_makes_nothing_may_write_to_no_catalogue() {
    for (writes, words) in [([1, 0, 0], "+1"), ([0, 2, 0], "~2"), ([0, 0, 3], "-3"), ([1, 0, 1], "+1 -1")] {
        for catalog in ["pg_proc", "pg_class", "pg_description", "pg_db_role_setting", "pg_depend", "pg_shdepend"] {
            let sentence = format!("the catalogue changed outside the packet's own objects: {catalog} ({words})");
            assert_eq!(found(wrote(catalog, writes)), [sentence]);
        }
    }
    for catalog in ["pg_statistic", "pg_statistic_ext_data"] {
        assert_eq!(found(wrote(catalog, [3, 4, 5])), Vec::<String>::new());
    }
    // Rows of the packet's objects are allowed only for a tier that creates or drops the objects.
    let own = |evidence: &mut TierEvidence| {
        wrote("pg_class", [4, 0, 0])(evidence);
        evidence.catalog = Some((vec![rows("pg_class", 0, 0)], vec![rows("pg_class", 4, 0)]));
    };
    assert_eq!(found(own).len(), 1);
}

#[test]
fn a_catalog_row_of_our_transaction_is_a_breach_even_without_counters() {
    let made = |evidence: &mut TierEvidence| {
        evidence.before.track_counts = false;
        evidence.after.track_counts = false;
        evidence.catalog_made.insert("pg_proc".to_owned(), 2);
    };
    let sentence =
        ["the catalogue changed outside the packet's own objects: pg_proc (2 rows made by this transaction)"];
    assert_eq!(found(made), sentence);
    // It is a breach too if the tier creates objects without rows in this catalog.
    let beside = |evidence: &mut TierEvidence| {
        made(evidence);
        evidence.catalog = Some((vec![rows("pg_class", 0, 0)], vec![rows("pg_class", 4, 0)]));
    };
    assert_eq!(found_under(beside, |promise| promise.makes = true), sentence);
    // Rows that an earlier tier of the same transaction made do not count for this tier.
    let earlier =
        |rows| TierEvidence { catalog_made: BTreeMap::from([("pg_proc".to_owned(), rows)]), ..TierEvidence::default() };
    assert_eq!(found_after(&earlier(2), made), Vec::<String>::new());
    let one = ["the catalogue changed outside the packet's own objects: pg_proc (1 rows made by this transaction)"];
    assert_eq!(found_after(&earlier(1), made), one);
}

#[test]
fn without_counters_the_number_of_other_rows_must_stay() {
    let uncounted = |before, after| {
        let change = |evidence: &mut TierEvidence| {
            evidence.before.track_counts = false;
            evidence.after.track_counts = false;
            wrote("pg_class", [7, 7, 7])(evidence);
            evidence.catalog = Some((vec![before], vec![after]));
        };
        found_under(change, |promise| promise.makes = true)
    };
    let class = |own, others| CatalogRows { others, ..rows("pg_class", own, 0) };
    assert_eq!(uncounted(class(0, 9), class(4, 9)), Vec::<String>::new());
    let fewer = uncounted(class(0, 9), class(4, 8));
    assert_eq!(
        fewer,
        [
            "the catalogue changed outside the packet's own objects: pg_class (by this transaction, or by another session's DDL: which of them is not known, since track_counts is off)"
        ]
    );
}

#[test]
fn counters_that_are_switched_during_the_tier_are_a_breach() {
    let sentence =
        ["track_counts was switched during the tier, so the server's counters do not show what the tier wrote"];
    assert_eq!(found(|evidence| evidence.after.track_counts = false), sentence);
    assert_eq!(found(|evidence| evidence.before.track_counts = false), sentence);
    // The number of the other rows was read only once, so it is not compared.
    let uncounted = |evidence: &mut TierEvidence| {
        evidence.after.track_counts = false;
        evidence.catalog = Some((
            vec![CatalogRows { others: 0, ..rows("pg_class", 0, 0) }],
            vec![CatalogRows { others: 9, ..rows("pg_class", 4, 0) }],
        ));
    };
    assert_eq!(found_under(uncounted, |promise| promise.makes = true), sentence);
}

fn rows(catalog: &str, own: i64, beside: i64) -> CatalogRows {
    CatalogRows { catalog: catalog.to_owned(), own, others: 9, beside }
}

/// The breaches of a tier that creates or drops objects. It wrote `writes` to `pg_class`, and the rows were `before` and `after`.
fn made(writes: [i64; 3], before: CatalogRows, after: CatalogRows) -> Vec<String> {
    let change = |evidence: &mut TierEvidence| {
        wrote("pg_class", writes)(evidence);
        wrote("pg_depend", [9, 9, 9])(evidence);
        evidence.catalog = Some((vec![before], vec![after]));
    };
    found_under(change, |promise| promise.makes = true)
}

#[test]
fn of_a_tier_that_makes_objects_every_catalogue_write_is_a_row_of_theirs() {
    let class = |own, beside| rows("pg_class", own, beside);
    // One tier creates and updates objects. Another tier updates and drops objects.
    assert_eq!(made([4, 3, 0], class(0, 0), class(4, 0)), Vec::<String>::new());
    assert_eq!(made([0, 2, 4], class(4, 0), class(0, 0)), Vec::<String>::new());
    let changed =
        |words: &str| vec![format!("the catalogue changed outside the packet's own objects: pg_class ({words})")];
    assert_eq!(made([5, 0, 0], class(0, 0), class(4, 1)), changed("1 rows made by this transaction"), "one beside");
    assert_eq!(
        made([0, 1, 0], class(0, 0), class(0, 1)),
        changed("1 rows made by this transaction"),
        "another's row changed"
    );
    assert_eq!(made([5, 0, 0], class(0, 0), class(4, 0)), changed("+5"), "one more than ours");
    assert_eq!(made([4, 0, 1], class(0, 0), class(4, 0)), changed("+4 -1"), "another's row went");
    assert_eq!(made([5, 0, 1], class(0, 0), class(4, 0)), changed("+5 -1"), "one came, one went, in balance");
    assert_eq!(made([0, 0, 5], class(4, 0), class(0, 0)), changed("-5"));
    assert_eq!(made([1, 0, 5], class(4, 0), class(0, 0)), changed("+1 -5"));
    // A catalog that has no rows of the packet must have no write.
    assert_eq!(made([1, 0, 0], rows("pg_proc", 0, 0), rows("pg_proc", 1, 0)), changed("+1"));
}

#[test]
fn a_tier_that_creates_objects_without_known_rows_is_a_breach() {
    let untold = ["the server did not report the packet's own rows in the catalogue"];
    let shown = vec![rows("pg_class", 0, 0)];
    for catalog in [None, Some((Vec::new(), shown.clone())), Some((shown, Vec::new()))] {
        let change = |evidence: &mut TierEvidence| evidence.catalog = catalog;
        assert_eq!(found_under(change, |promise| promise.makes = true), untold);
    }
}
