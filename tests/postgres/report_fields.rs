//! Every number in the release report is the value of a field, or the length of a list of fields.

use crate::packet::{APR, apply, rollback};
use crate::support::{Lab, Sandbox, exported};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

fn report(sandbox: &Sandbox, kind: &str) -> String {
    let out = sandbox.work().join(format!("fields.{kind}"));
    let _ = std::fs::remove_file(&out);
    let run = sandbox.oneroof(["report", "--log-dir", ".", "--as", kind, "--out"]).argument(&out);
    let _ = run.output().expect_success();
    std::fs::read_to_string(out).unwrap()
}

fn numbers(text: &str) -> BTreeSet<String> {
    Regex::new(r"\d+").unwrap().find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The text of a page, without its style sheet and its tags.
fn visible(page: &str) -> String {
    let style = Regex::new(r"(?s)<style>.*</style>").unwrap();
    let tag = Regex::new(r"<[^>]*>").unwrap();
    let page = style.replace_all(page, "").replace("<wbr>", "").replace("&#39;", "'");
    tag.replace_all(&page, " ").into_owned()
}

/// Adds the times in the form in which the report shows them.
fn times(value: &Value, known: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_f64().filter(|_| ["duration_ms", "milliseconds", "waited_ms"].contains(&name.as_str())) {
                    Some(time) if time < 1_000.0 => known.extend(numbers(&format!("{time:.0}"))),
                    Some(time) => known.extend(numbers(&format!("{:.1}", time / 1_000.0))),
                    None => times(field, known),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| times(value, known)),
        _ => {}
    }
}

/// The numbers of the facts, and the sizes of the groups that the reviews and the locks show.
fn known(facts: &Value) -> BTreeSet<String> {
    let mut known = numbers(&facts.to_string());
    times(facts, &mut known);
    for review in facts["reviews"].as_array().unwrap() {
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        for row in review["rows"].as_array().unwrap() {
            *groups.entry(row.as_array().unwrap().last().unwrap().as_str().unwrap()).or_default() += 1;
        }
        known.insert(groups.len().to_string());
        known.extend(groups.values().map(ToString::to_string));
    }
    let locks = facts["locks"].as_array().unwrap().iter();
    known.extend(locks.map(|lock| lock["relations"].as_array().unwrap().len().to_string()));
    known
}

/// The digest of an exported file, as sha256sum computes it.
fn sha256sum(path: &str) -> String {
    let output = Command::new("sha256sum").arg(exported(path)).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[test]
fn the_report_compares_each_file_that_was_sent_with_the_approved_one() {
    let lab = Lab::ratified();
    let check = |stage: &str| {
        let facts: Value = serde_json::from_str(&report(&lab.sandbox, "json")).unwrap();
        assert_eq!(facts["stage"], stage);
        let members = facts["release"]["members"].as_array().unwrap();
        assert_eq!(members.len(), 6);
        for member in members {
            let path = member["path"].as_str().unwrap();
            let digest = sha256sum(path);
            assert_eq!((&member["sha256"], &member["sent"]), (&json!(digest), &json!(digest)), "{path}");
        }
    };
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    check("before");
    let _ = apply(&lab).expect_success();
    check("after");
    assert_eq!(report(&lab.sandbox, "md").matches("| the same | committed |").count(), 6);
}

#[test]
fn every_number_of_the_report_is_in_a_field() {
    let lab = Lab::ratified();
    let check = |stage: &str| {
        let facts: Value = serde_json::from_str(&report(&lab.sandbox, "json")).unwrap();
        assert_eq!(facts["stage"], stage);
        let known = known(&facts);
        for text in [report(&lab.sandbox, "md"), visible(&report(&lab.sandbox, "html"))] {
            let shown = numbers(&text);
            let unknown: Vec<&String> = shown.difference(&known).collect();
            assert!(unknown.is_empty(), "{stage}: {unknown:?}\n{text}");
            assert!(shown.len() > 60, "{stage}: {} numbers", shown.len());
        }
    };
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    check("before");
    let _ = apply(&lab).expect_success();
    check("after");
    let _ = rollback(&lab, ["--full"]).expect_success();
    check("before");
}
