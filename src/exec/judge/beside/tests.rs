use super::*;
use crate::packet::form::Shape;

fn shape(object: &str, parts: &str, before: &str) -> Shape {
    Shape { object: object.to_owned(), parts: parts.to_owned(), before: before.to_owned(), ..Shape::default() }
}

/// Adds a column to an existing table, renames another column there, and creates a table.
fn tier() -> Tier {
    Tier {
        number: 1,
        own: vec!["public.made".to_owned()],
        writes: vec!["public.written".to_owned()],
        shapes: vec![
            shape("public.plain", "column.added:aa index.i:bb", ""),
            shape("public.renamed", "column.new:aa", "column.old:bb"),
            shape("public.made", "relation:cc", ""),
        ],
        ..Tier::default()
    }
}

fn table(name: &str, counters: [i64; 3]) -> TableWrites {
    let names = name.split(' ').map(str::to_owned).collect();
    TableWrites { oid: name.to_owned(), names, counters, files: "1".to_owned(), bytes: 8192 }
}

fn rows(before: &[TableWrites], after: &[TableWrites], back: bool) -> Vec<String> {
    let (tier, empty) = (tier(), BTreeSet::from(["public.made"]));
    let beside = Beside {
        tables: [before.to_vec(), after.to_vec()],
        filled: BTreeSet::from(["public.plain".to_owned()]),
        ..Beside::default()
    };
    breaches(Some(&beside), true, Declared { tier: &tier, empty: &empty, back })
}

#[test]
fn rows_of_a_table_that_the_tier_only_alters_are_a_breach() {
    let before = [table("public.plain", [5, 0, 0]), table("public.written", [0, 0, 0])];
    let of = |counters| [table("public.plain", counters), table("public.written", [1, 2, 3])];
    assert!(rows(&before, &of([5, 0, 0]), false).is_empty());
    for (counters, words) in [([6, 0, 0], "wrote +1"), ([5, 2, 0], "wrote ~2"), ([5, 0, 3], "wrote -3")] {
        let shown = rows(&before, &of(counters), false);
        assert!(shown.len() == 1 && shown[0].starts_with("public.plain: ") && shown[0].ends_with(words), "{shown:?}");
    }
    // Rows that the server counted and that are gone again, for example because a savepoint was rolled back.
    assert!(rows(&before, &of([6, 0, 1]), false).is_empty());
    // A partition counts as its table.
    let part = [table("public.plain public.written", [0, 0, 0])];
    assert!(rows(&part, &[table("public.plain public.written", [4, 0, 0])], false).is_empty());
}

#[test]
fn an_emptied_table_and_a_new_part_are_breaches_and_a_rewrite_is_not() {
    let before = [table("public.plain", [0, 0, 0])];
    let after = |bytes| [TableWrites { files: "2".to_owned(), bytes, ..table("public.plain", [0, 0, 0]) }];
    assert!(rows(&before, &after(8192), false).is_empty());
    assert_eq!(
        rows(&before, &after(0), false),
        ["public.plain: the tier declares no rows of this table, but emptied it"]
    );
    // The table had no row.
    let other = [table("public.other", [0, 0, 0])];
    let emptied = [TableWrites { files: "2".to_owned(), bytes: 0, ..table("public.other", [0, 0, 0]) }];
    assert!(rows(&other, &emptied, false).is_empty());
    let part = [before[0].clone(), TableWrites { oid: "new".to_owned(), ..before[0].clone() }];
    let shown = rows(&before, &part, false);
    assert_eq!(shown, ["made while the tier ran, but not declared by it: a part of public.plain"]);
}

#[test]
fn a_table_that_the_tier_leaves_empty_has_no_row_after_it() {
    let after = [table("public.made", [1, 0, 0])];
    assert_eq!(rows(&[], &after, false), ["public.made: the tier declares no rows of this table, but wrote +1"]);
    // The tier fills a partition of the table.
    assert!(rows(&[], &[table("public.filled public.made", [1, 0, 0])], false).is_empty());
    assert!(rows(&after, &[table("public.made", [1, 0, 1])], true).is_empty());
}

#[test]
fn without_counters_no_row_is_judged() {
    let tables = [Vec::new(), vec![table("public.plain", [1, 0, 0])]];
    let beside = Beside { tables, ..Beside::default() };
    let declared = Declared { tier: &tier(), empty: &BTreeSet::new(), back: false };
    assert!(breaches(Some(&beside), false, declared).is_empty());
}

fn shapes(before: &[(&str, &str, &str)], after: &[(&str, &str, &str)]) -> Vec<String> {
    let parts = |list: &[(&str, &str, &str)]| -> PartDigests {
        let part = |(object, part, digest): &(&str, &str, &str)| {
            (((*object).to_owned(), (*part).to_owned()), (*digest).to_owned())
        };
        list.iter().map(part).collect()
    };
    shape_breaches(&[parts(before), parts(after)], &tier())
}

#[test]
fn a_part_that_the_tier_does_not_declare_may_not_change() {
    let (plain, index) = ("public.plain", ("public.plain", "index.theirs", "x"));
    assert!(shapes(&[index], &[index, (plain, "column.added", "aa"), (plain, "index.i", "bb")]).is_empty());
    for (after, words) in [
        (vec![], "removed while the tier ran, but not declared by it: index theirs of public.plain"),
        (
            vec![(plain, "index.theirs", "y")],
            "changed while the tier ran, but not declared by it: index theirs of public.plain",
        ),
        (
            vec![index, (plain, "grants~to~app", "y")],
            "made while the tier ran, but not declared by it: grants to app of public.plain",
        ),
    ] {
        assert_eq!(shapes(&[index], &after), [words]);
    }
}

/// The server writes the new name of a column into the texts that name it.
#[test]
fn what_follows_from_a_renamed_column_is_no_breach() {
    let of = |part: &'static str, digest: &'static str| ("public.renamed", part, digest);
    let before =
        [of("column.old", "bb"), of("index.theirs", "x"), of("storage.old", "x"), of("grants.old~to~app", "x")];
    let after = [of("column.new", "aa"), of("index.theirs", "y"), of("storage.new", "x"), of("grants.new~to~app", "x")];
    assert!(shapes(&before, &after).is_empty());
    assert_eq!(
        shapes(&before, &after[..1]),
        ["removed while the tier ran, but not declared by it: index theirs of public.renamed"]
    );
    let shown =
        shapes(&[of("relation", "x"), of("grants~to~app", "x")], &[of("relation", "y"), of("grants~to~app", "y")]);
    assert_eq!(shown.len(), 2, "{shown:?}");
}

fn granted(part: &str, digest: &str, by_default: bool, has_default: bool) -> GrantedPart {
    let (object, part, digest) = ("public.made".to_owned(), part.to_owned(), digest.to_owned());
    GrantedPart { object, part, digest, by_default, has_default }
}

#[test]
fn grants_are_those_of_the_packet_and_of_default_privileges() {
    let tier = Tier { shapes: vec![shape("public.made", "grants~to~app:aa/bb relation:cc", "")], ..tier() };
    let shown = |grants: &[GrantedPart]| grant_breaches(grants, &tier);
    let right = granted("grants~to~app", "bb", false, false);
    assert!(shown(std::slice::from_ref(&right)).is_empty());
    assert_eq!(shown(&[]), ["the tier did not make the grants to app of public.made, which it declares"]);
    let other = granted("grants~to~app", "dd", false, false);
    assert_eq!(shown(&[other]), ["the tier made other grants to app of public.made than it declares"]);
    let more = granted("grants", "dd", false, false);
    assert_eq!(shown(&[right.clone(), more]), ["the tier made other grants of public.made than it declares"]);
    assert!(shown(&[right, granted("grants~to~reader", "dd", true, true)]).is_empty());
    assert!(shown(&[granted("grants~to~app", "dd", false, true)]).is_empty());
}
