use super::*;
use crate::policy::{Demands, PolicyFile};

fn policy(texts: &[&str]) -> Policy {
    let file = |text: &&str| PolicyFile {
        path: "/p".to_owned(),
        sha256: String::new(),
        owner_uid: None,
        demands: Demands::parse(text).unwrap(),
    };
    Policy { files: texts.iter().map(file).collect() }
}

fn row(code: &str, level: &str, who: &str, text: &str) -> Signature {
    let [code, level, who, text] = [code, level, who, text].map(str::to_owned);
    Signature { code, level, who, text, past: true }
}

/// The names of the checks that are not met.
fn unmet(policy: &Policy, rows: &[Signature], code: &str) -> Vec<String> {
    let release = Release::embedded().unwrap();
    let checks = policy.checks(&release, rows, code, (Phase::Assert, 1));
    checks.into_iter().filter(|check| !check.ok).map(|check| check.name).collect()
}

#[test]
fn each_demand_is_met_by_rows_that_count_and_by_no_others() {
    let ours = format!("x release:{} y", Release::embedded().unwrap().digest_text());
    let one = [row("A", "L2", "Ada", "ink"), row("A", "L4", "Grace", "ink")];
    let bound = [row("A", "L2", "Ada", &ours.to_uppercase()), row("A", "L4", "Grace", &ours)];
    let longer = [row("A", "L2", "Ada", &format!("{}0", ours.trim_end_matches(" y")))];
    assert_eq!(unmet(&policy(&["bound = true"]), &one, "A"), ["policy.bound"]);
    assert_eq!(unmet(&policy(&["bound = true"]), &longer, "A"), ["policy.bound"]);
    assert_eq!(unmet(&policy(&["bound = true"]), &bound, "B"), ["policy.bound"]);
    assert!(unmet(&policy(&["bound = true"]), &bound, "A").is_empty());
    assert!(unmet(&policy(&["levels = { L2 = 1, L4 = 1 }"]), &one, "A").is_empty());
    assert_eq!(unmet(&policy(&["levels = { L2 = 2 }"]), &one, "A"), ["policy.levels"]);
    assert_eq!(unmet(&policy(&["levels = { L9 = 1 }"]), &one, "A"), ["policy.levels"]);
    // Two rows whose names differ only in blanks or in upper and lower case are one person.
    let same = [row("A", "L2", "Ada", "ink"), row("A", "L2", " ada ", "ink"), row("A", "L4", "ADA", "ink")];
    assert_eq!(unmet(&policy(&["levels = { L2 = 2 }"]), &same, "A"), ["policy.levels"]);
    assert_eq!(unmet(&policy(&["distinct = true"]), &same, "A"), ["policy.distinct"]);
    assert_eq!(unmet(&policy(&["distinct = 2"]), &same, "A"), ["policy.distinct"]);
    assert!(unmet(&policy(&["distinct = 2"]), &one, "A").is_empty());
    assert!(unmet(&policy(&["distinct = true"]), &one, "A").is_empty());
    // A row without a signature, or with a time in the future, does not count.
    for lacking in
        [row("A", "L2", " ", "ink"), row("A", "L2", "Ada", "\t"), Signature { past: false, ..one[0].clone() }]
    {
        assert_eq!(unmet(&policy(&["levels = { L2 = 1 }"]), &[lacking], "A"), ["policy.levels"]);
    }
}

#[test]
fn the_stricter_of_two_files_and_of_the_packet_is_in_force() {
    let one = [row("A", "L2", "Ada", "ink"), row("A", "L4", "Grace", "ink")];
    for (files, lacks) in [
        (&["levels = { L2 = 1 }", "levels = { L2 = 2 }"][..], &["policy.levels"][..]),
        (&["bound = true", "bound = false"], &["policy.bound"]),
        (&["distinct = 3", "distinct = true"], &["policy.distinct"]),
        (&["levels = { L2 = 1 }", "incomplete = \"warn\""], &[]),
        (&["bound = false", "distinct = false"], &[]),
    ] {
        assert_eq!(unmet(&policy(files), &one, "A"), lacks, "{files:?}");
    }
    // One-Roof's page demands L2 and L4 and only warns if they are missing. A policy can stop the release instead.
    let alone = [row("A", "L2", "Ada", "ink")];
    assert_eq!(unmet(&policy(&["incomplete = \"stop\""]), &alone, "A"), ["policy.levels"]);
    assert!(unmet(&policy(&["incomplete = \"warn\""]), &alone, "A").is_empty());
}

#[test]
fn without_a_code_the_approval_that_comes_nearest_is_judged() {
    let rows = [row("A", "L2", "Ada", "ink"), row("B", "L2", "Ada", "ink"), row("B", "L2", "Grace", "ink")];
    assert!(unmet(&policy(&["levels = { L2 = 2 }"]), &rows, "").is_empty());
    assert_eq!(unmet(&policy(&["levels = { L2 = 3 }"]), &rows, ""), ["policy.levels"]);
    assert_eq!(unmet(&policy(&["bound = true"]), &[], ""), ["policy.bound"]);
}

#[test]
fn a_conflict_that_no_signature_resolves_names_both_sides() {
    let release = Release::embedded().unwrap();
    let table = &release.descriptor.gate.table;
    for (text, words) in [
        ("table = \"public.other\"", vec!["/p", "public.other", table.as_str()]),
        ("columns = { who = \"another\" }", vec!["/p", "another", "approved_by"]),
        ("rehearse_on = \"\"", vec!["/p", "no database", release.descriptor.clone_rule()]),
        ("rehearse_on = \"^other[0-9]{2}$\"", vec!["/p", "^other[0-9]{2}$", release.descriptor.clone_rule()]),
        (&format!("engine = \"sha256:{}\"", "0".repeat(64)), vec!["/p", "the engine sha256:000", questions::BUILT]),
    ] {
        let found = policy(&[text]).conflict(&release).unwrap();
        assert!(words.iter().all(|word| found.contains(word)), "{found}");
    }
    let same = format!("table = \"{table}\"\nengine = \"{}\"\ncolumns = {{ who = \"approved_by\" }}", questions::BUILT);
    let same = format!("rehearse_on = \"{}\"\n{same}", release.descriptor.clone_rule());
    assert_eq!(policy(&[&same, "levels = { L2 = 1 }"]).conflict(&release), None);
}
