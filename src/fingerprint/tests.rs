use super::*;

fn row(columns: &[(&str, Option<&str>)]) -> Row {
    Row::of(columns)
}

fn figure(name: &str, value: Option<&str>, organic: bool) -> Row {
    row(&[("name", Some(name)), ("value", value), ("organic", Some(if organic { "t" } else { "f" }))])
}

/// A small database.
fn seen() -> Fingerprint {
    Fingerprint::of(Answers {
        figures: &[
            figure("gap", Some("210"), false),
            figure("gate", None, false),
            figure("event_outbox", Some("9"), true),
        ],
        structure: &[row(&[("kind", Some("table")), ("name", Some("public.owned")), ("digest", Some("d1"))])],
        content: &[row(&[("table", Some("public.owned")), ("row_count", Some("30")), ("digest", Some("c1"))])],
        sequences: &[row(&[
            ("name", Some("public.number")),
            ("last_value", Some("1040")),
            ("is_called", Some("t")),
            ("owned_by", Some("public.owned")),
        ])],
        filled: &BTreeSet::new(),
    })
}

/// The same database after a change, and what the comparison says.
fn shown(change: impl FnOnce(&mut Fingerprint)) -> Vec<String> {
    let mut now = seen();
    change(&mut now);
    let comparison = now.compare(&seen());
    assert_eq!(comparison.equal, comparison.differences.is_empty());
    comparison.differences
}

#[test]
fn the_same_answers_have_the_same_digest_and_no_difference() {
    assert_eq!(seen().digest, seen().digest);
    assert!(seen().digest.starts_with("sha256:") && seen().is_whole());
    assert_eq!(shown(|_| {}), Vec::<String>::new());
}

#[test]
fn every_kind_of_change_is_described() {
    assert_eq!(
        shown(|now| drop(now.figures.insert("gap".to_owned(), Some("0".to_owned())))),
        ["figure gap: was 210, is 0"]
    );
    assert_eq!(shown(|now| drop(now.figures.insert("gap".to_owned(), None))), ["figure gap: was 210, is not there"]);
    assert_eq!(
        shown(|now| drop(now.figures.insert("gate".to_owned(), Some("4".to_owned())))),
        ["figure gate: was not there, is 4"]
    );
    assert_eq!(shown(|now| drop(now.figures.remove("gap"))), ["figure gap: was 210, is not read"]);
    assert_eq!(
        shown(|now| drop(now.structure.insert("view public.v".to_owned(), "d".to_owned()))),
        ["view public.v: is new"]
    );
    assert_eq!(shown(|now| now.structure.clear()), ["table public.owned: is gone"]);
    assert_eq!(
        shown(|now| drop(now.structure.insert("table public.owned".to_owned(), "d2".to_owned()))),
        ["table public.owned: its definition differs"]
    );
    let content = |rows: Option<i64>, digest: &str| TableContent { rows, digest: Some(digest.to_owned()) };
    let put = |rows, digest| {
        move |now: &mut Fingerprint| drop(now.content.insert("public.owned".to_owned(), content(rows, digest)))
    };
    assert_eq!(shown(put(Some(30), "c2")), ["content of public.owned: 30 rows as before, but with other values"]);
    assert_eq!(shown(put(Some(31), "c2")), ["content of public.owned: was 30 rows, is 31 rows"]);
    assert_eq!(shown(put(None, "c2")), ["content of public.owned: was 30 rows, is no table"]);
    assert_eq!(
        shown(|now| drop(now.sequences.insert("public.number".to_owned(), "1050 called".to_owned()))),
        ["sequence public.number: was 1040 called, is 1050 called"]
    );
    assert_eq!(shown(|now| now.sequences.clear()), ["sequence public.number: was 1040 called, is not there"]);
}

#[test]
fn what_the_application_writes_is_reported_and_never_judged() {
    let mut now = seen();
    now.organic.insert("event_outbox".to_owned(), "10".to_owned());
    assert!(now.compare(&seen()).equal);
    assert!(now.is_whole(), "an organic count is in the digest");
}

#[test]
fn a_saved_fingerprint_that_was_edited_is_not_whole() {
    type FingerprintChange = fn(&mut Fingerprint);
    let edits: [FingerprintChange; 5] = [
        |saved| drop(saved.figures.insert("gap".to_owned(), Some("0".to_owned()))),
        |saved| saved.structure.clear(),
        |saved| drop(saved.content.insert("public.owned".to_owned(), TableContent::default())),
        |saved| saved.sequences.clear(),
        |saved| saved.digest.push('0'),
    ];
    for edit in edits {
        let mut saved = seen();
        edit(&mut saved);
        assert!(!saved.is_whole());
    }
    let saved = serde_json::to_string(&seen()).unwrap();
    assert_eq!(serde_json::from_str::<Fingerprint>(&saved).unwrap(), seen());
}

fn with_sequence(is_called: &str, owned_by: Option<&str>, filled: &[&str]) -> Fingerprint {
    let sequence = row(&[
        ("name", Some("public.number")),
        ("last_value", Some("1")),
        ("is_called", Some(is_called)),
        ("owned_by", owned_by),
    ]);
    let content = row(&[("table", Some("public.owned")), ("row_count", Some("0")), ("digest", None)]);
    Fingerprint::of(Answers {
        figures: &[],
        structure: &[],
        content: &[content],
        sequences: &[sequence],
        filled: &filled.iter().copied().collect(),
    })
}

#[test]
fn a_sequence_that_was_never_called_is_not_one_that_was() {
    let (called, never) =
        (with_sequence("t", Some("public.owned"), &[]), with_sequence("f", Some("public.owned"), &[]));
    assert_ne!(called.digest, never.digest);
    let shown = never.compare(&called).differences;
    assert_eq!(shown, ["sequence public.number: was 1 called, is 1 not called"]);
}

#[test]
fn a_sequence_of_the_application_is_reported_and_never_judged() {
    let owned = Some("public.owned");
    for (owner, filled) in [(None, &[][..]), (Some("public.event_outbox"), &[]), (owned, &["public.owned"])] {
        let (called, never) = (with_sequence("t", owner, filled), with_sequence("f", owner, filled));
        assert!(never.compare(&called).equal);
        assert_eq!(never.digest, called.digest);
        assert_eq!(never.organic.get("sequence public.number").map(String::as_str), Some("1 not called"));
    }
}

/// Being equal says no more than what was compared.
#[test]
fn what_is_compared_and_what_is_not_is_named() {
    let seen = seen();
    assert_eq!(seen.compared(), "2 figures, 1 definitions, the rows of 1 tables, 1 sequences");
    let scope = seen.scope().join("\n");
    for named in
        ["gap, gate", "rows of public.owned", "public.number", "table 1", "the application writes them: event_outbox"]
    {
        assert!(scope.contains(named), "{named}: {scope}");
    }
    assert!(scope.ends_with("not compared: everything else in the database"), "{scope}");
    let mut bare = Fingerprint::default();
    assert!(bare.scope()[1].ends_with("none"), "{:?}", bare.scope());
    for number in 0..50 {
        bare.structure.insert(format!("event trigger x{number}"), String::new());
        bare.figures.insert(format!("f{number:02}"), None);
    }
    let scope = bare.scope().join("\n");
    assert!(scope.contains("event trigger 50") && scope.contains("f39, and 10 more"), "{scope}");
    // A table that is not there has no rows that could be compared.
    bare.content.insert("public.gone".to_owned(), TableContent::default());
    assert_eq!(bare.scope()[1], "rows of none");
}

#[test]
fn a_table_that_is_too_large_is_not_compared_and_is_named() {
    let row = |large| {
        Row::of(&[
            ("table", Some("public.big")),
            ("row_count", (large == "f").then_some("5")),
            ("digest", (large == "f").then_some("ab")),
            ("large", Some(large)),
        ])
    };
    let of = |large| {
        Fingerprint::of(Answers {
            figures: &[],
            structure: &[],
            content: &[row(large)],
            sequences: &[],
            filled: &BTreeSet::new(),
        })
    };
    let (small, large) = (of("f"), of("t"));
    assert!(large.content.is_empty() && small.unread.is_empty());
    let words = "not compared, more than 10,000 pages: the rows of public.big";
    assert_eq!((small.not_read(), large.not_read()), (None, Some(words.to_owned())));
    assert!(large.scope().contains(&words.to_owned()));
    // It grew meanwhile, or shrank.
    assert!(large.compare(&small).equal && small.compare(&large).equal);
    assert!(large.is_whole());
}
