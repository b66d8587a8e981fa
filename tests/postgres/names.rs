//! The checks that the packet promises are the checks that the server reports. Our own split of the SQL into statements agrees with the
//! server's.

use std::collections::{BTreeMap, BTreeSet};

use oneroof::testing::pg::connector::{Connector, Settings};
use oneroof::testing::pg::conninfo::{ConnectionOptions, Environment, resolve};
use oneroof::testing::release::{PartKind, statements};
use serde_json::Value;

use crate::packet::{APR, release};
use crate::support::Lab;

type Made = BTreeMap<(u64, String), BTreeSet<String>>;

fn made(report: &Value) -> Made {
    let mut made = Made::new();
    for check in report["checks"].as_array().unwrap() {
        let text = |field: &str| check[field].as_str().unwrap().to_owned();
        made.entry((check["tier"].as_u64().unwrap(), text("phase"))).or_default().insert(text("name"));
    }
    made
}

/// Every promised check is made, and every check that is made is promised. `family.*` covers all its members.
#[track_caller]
fn assert_kept(what: &str, promised: &[&[String]], made: &BTreeSet<String>) {
    let promised: Vec<&String> = promised.iter().copied().flatten().collect();
    let meets = |promise: &str, name: &str| match promise.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => promise == name,
    };
    for promise in &promised {
        assert!(
            made.iter().any(|name| meets(promise, name)),
            "{what}: {promise} is promised but not reported: {made:?}"
        );
    }
    for name in made {
        assert!(promised.iter().any(|promise| meets(promise, name)), "{what}: {name} is reported but not promised");
    }
}

#[test]
fn every_part_makes_exactly_the_checks_that_it_promises() {
    let lab = Lab::ratified();
    let descriptor = &release().descriptor;
    let apply = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format", "json"]).output().expect_success();
    let of = made(&apply.json());
    for tier in &descriptor.tiers {
        let part = |phase: &str| &of[&(u64::from(tier.number), phase.to_owned())];
        assert_kept(&tier.file, &[&tier.guard], part("guard"));
        assert_kept(&tier.file, &[&tier.assert], part("assert"));
    }
    let verify = &descriptor.verify;
    assert_kept(&verify.file, &[&verify.guard, &verify.assert], &of[&(9, "verify".to_owned())]);
    let preflight = &descriptor.preflight;
    // Two checks are the program's own. A check `x.*` may be reported under a name that the packet promises without its members.
    let mut asked = of[&(0, "preflight".to_owned())].clone();
    asked.retain(|name| name != "release" && name != "server.pooler");
    let promised: Vec<String> = [&preflight.guard[..], &preflight.assert].concat();
    for promise in &promised {
        let found = asked.iter().any(|name| match promise.strip_suffix('*') {
            Some(family) => name.starts_with(family),
            None => promise == name,
        });
        assert!(found, "{promise} is promised but not reported");
    }
    let strays: Vec<&String> = asked
        .iter()
        .filter(|name| {
            let family = name.split('.').next().unwrap_or_default();
            !promised.iter().any(|promise| promise.split('.').next() == Some(family))
        })
        .collect();
    assert!(strays.is_empty(), "checks that are reported but belong to no promised family: {strays:?}");

    let rollback = lab.oneroof(["rollback", "--full", "--yes", "--format", "json"]).output().expect_success();
    let of = made(&rollback.json());
    for tier in &descriptor.tiers {
        let part = |phase: &str| &of[&(u64::from(tier.number), phase.to_owned())];
        assert_kept(&tier.rollback, &[&tier.rollback_guard], part("guard"));
        assert_kept(&tier.rollback, &[&tier.rollback_assert], part("assert"));
    }
}

#[test]
fn the_server_completes_as_many_commands_as_we_count_statements() {
    let lab = Lab::ratified();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = ConnectionOptions { dsn: Some(lab.dsn().into()), ..ConnectionOptions::default() };
        let target = resolve(&options, &Environment::empty()).unwrap();
        let opened = Connector::reading(target, Settings::default()).open(release()).await.unwrap();
        let session = opened.session;
        let begin = format!(
            "BEGIN READ WRITE; SET LOCAL oneroof.ratified_apr = '{APR}'; SET LOCAL search_path = pg_catalog, pg_temp"
        );
        // Preflight runs in a read-only transaction, the tiers in a read-write transaction.
        let read_only = begin.replace("READ WRITE", "READ ONLY");
        assert!(session.simple(&read_only).await.unwrap().error.is_none());
        let descriptor = &release().descriptor;
        let up = descriptor.tiers.iter().map(|tier| &tier.file);
        let down = descriptor.tiers.iter().rev().map(|tier| &tier.rollback);
        // Preflight is first, because it checks that nothing was written.
        let files = [&descriptor.preflight.file].into_iter().chain(up).chain([&descriptor.verify.file]).chain(down);
        let mut counted = 0;
        for file in files {
            if *file == descriptor.tiers[0].file {
                assert!(session.simple(&format!("ROLLBACK; {begin}")).await.unwrap().error.is_none());
            }
            let script = release().script(&format!("sql/{file}"));
            for kind in PartKind::ALL {
                let part = script.part(kind);
                let reply = session.simple(part.text).await.unwrap();
                assert!(reply.error.is_none(), "{file} {}: {:?}", kind.word(), reply.error);
                // The server answers an empty text once, as the empty query.
                assert_eq!(reply.statements.len(), statements(part.text).len().max(1), "{file} {}", kind.word());
                counted += reply.statements.len();
            }
        }
        println!("{counted} statements counted alike");
        assert!(counted > 100);
        let _ = session.simple("ROLLBACK").await;
    });
}

/// `demo` and `lab` print one JSON object, as all commands do, and leave nothing behind.
#[test]
fn demo_and_lab_answer_in_json_and_leave_nothing_behind() {
    let sandbox = crate::support::Sandbox::new();
    let before = sandbox.files(|_| true).len();
    // The demo gives paths in this folder to other commands, in a connection string and as words.
    let temporary = sandbox.work().join("it's a folder");
    std::fs::create_dir(&temporary).unwrap();
    let demo = sandbox.oneroof(["demo", "--format", "json"]).variable("TMPDIR", &temporary).output().expect_success();
    let report = demo.json();
    let steps = report["result"]["steps"].as_array().unwrap();
    assert!(steps.len() >= 12 && steps.iter().all(|step| step["ok"] == true), "{report:#}");
    assert!(demo.stderr.contains("$ oneroof preflight") && demo.stderr.contains("people"), "{}", demo.stderr);
    assert_eq!(sandbox.files(|_| true).len(), before);
    assert!(std::fs::read_dir(&temporary).unwrap().next().is_none());

    let folder = sandbox.work().join("lab");
    let up = sandbox.oneroof(["lab", "up", "--format", "json", "--dir"]).argument(&folder).output().expect_success();
    assert_eq!(up.json()["command"], "lab");
    let dsn = up.json()["result"]["steps"][2]["outcome"].as_str().unwrap().to_owned();
    let status = sandbox.oneroof(["status", "--format", "json", "--dsn", &dsn]).output().expect_success();
    assert_eq!(status.json()["effect"]["applied"], serde_json::json!([]));
    let label = sandbox.oneroof(["label", "alignment", "--format", "json", "--dsn", &dsn]).output();
    let _ = label.json();
    let gate = sandbox.oneroof(["gate", "--format", "json", "--dsn", &dsn]).output().expect_success();
    assert_eq!(gate.json()["result"]["gate"]["open"], false);
    let down =
        sandbox.oneroof(["lab", "down", "--format", "json", "--dir"]).argument(&folder).output().expect_success();
    assert_eq!(down.json()["result"]["steps"][0]["step"], "removed");
    assert!(!folder.exists());
}
