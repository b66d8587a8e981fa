//! The reply or the request of an action's COMMIT is lost while the server is away. The outcome is unknown at first, and `resolve` finds it
//! later from the evidence.

use crate::ground::{Ground, Told};
use crate::proxy::{Act, Proxy, Side};
use crate::runner::Case;
use crate::runs::{dsn, is_commit};
use crate::support::{Output, Run, Sandbox};
use std::path::{Path, PathBuf};

const ROW: &str = "reply to an action's COMMIT lost, resolved later";

/// An action, and the queries with which psql checks it.
#[derive(Clone, Copy, Debug)]
struct Action {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The number of tiers that are applied before the action.
    tiers: usize,
    /// A command that runs before the action.
    first: Option<&'static [&'static str]>,
    /// A query that is true if the action took effect.
    done: &'static str,
    /// What changes the rows of the action afterwards, so that its proof row is gone: SQL, or a command of the program.
    changed: Result<&'static str, &'static [&'static str]>,
}

const ACTIONS: [Action; 4] = [
    Action {
        name: "scan-write",
        arguments: &["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02"],
        tiers: 6,
        first: None,
        done: "SELECT count(*) = 1 FROM public.candidate_scan_run WHERE started_at > now() - interval '1 hour'",
        changed: Ok("UPDATE public.candidate_scan_run SET started_at = started_at"),
    },
    Action {
        name: "scan-cursor",
        arguments: &["scan", "cursor", "--advance-to", "7"],
        tiers: 6,
        first: None,
        done: "SELECT position = 7 FROM public.candidate_scan_cursor",
        changed: Ok("UPDATE public.candidate_scan_cursor SET position = 8"),
    },
    Action {
        name: "shadow-deploy",
        arguments: &["shadow", "deploy"],
        tiers: 0,
        first: None,
        done: "SELECT to_regclass('oneroof_shadow.oneroof_axis') IS NOT NULL",
        changed: Err(&["shadow", "drop"]),
    },
    Action {
        name: "shadow-drop",
        arguments: &["shadow", "drop"],
        tiers: 0,
        first: Some(&["shadow", "deploy"]),
        done: "SELECT to_regnamespace('oneroof_shadow') IS NULL",
        changed: Err(&["shadow", "deploy"]),
    },
];

pub(crate) fn cases() -> Vec<Case> {
    let ways = ACTIONS.into_iter().flat_map(|action| [(action, Side::Client), (action, Side::Server)]);
    ways.map(|(action, side)| {
        let name = format!("action {} {side:?}", action.name);
        Case::new(ROW, name, move |ground| lost(ground, action, side)).waiting()
    })
    .collect()
}

/// Puts the database into the state that the action needs.
fn prepare(ground: &mut Ground, action: Action) {
    ground.reset(action.tiers);
    ground.touched();
    if let Some(first) = action.first {
        straight(ground, first);
    }
}

/// Runs an action directly on the server, without a fault.
fn straight(ground: &mut Ground, arguments: &[&str]) {
    let folder = ground.folder();
    let run = ground.lab.oneroof(arguments.iter().copied()).arguments(["--yes", "--log-dir"]).argument(&folder);
    let _ = run.output().expect_success();
}

fn through(ground: &mut Ground, proxy: &Proxy, action: Action) -> (Run, PathBuf) {
    let folder = ground.folder();
    let run = ground.lab.sandbox.oneroof(action.arguments.iter().copied());
    let run = run.arguments(["--yes", "--format", "json", "--commit-timeout", "1", "--dsn"]).argument(dsn(proxy.port));
    (run.argument("--log-dir").argument(&folder), folder)
}

fn lost(ground: &mut Ground, action: Action, side: Side) -> Result<Told, String> {
    prepare(ground, action);
    let counting = Proxy::counting(ground.port());
    let _ = through(ground, &counting, action).0.output().expect_success();
    let messages = counting.passed();
    let at = messages.iter().position(is_commit).ok_or("no COMMIT was seen")?;
    let message = messages[at..].iter().find(|message| message.side == side).ok_or("no reply was seen")?;

    prepare(ground, action);
    let proxy = Proxy::acting(ground.port(), side, message.number, Act::Reset);
    proxy.out_of_reach(true);
    let (run, folder) = through(ground, &proxy, action);
    let output = run.output();
    let report = output.json();
    if output.code() != Some(9) || report["tiers"][0]["outcome"] != "unresolved" {
        return Err(format!("the outcome must be reported as unknown\n{}", output.whole()));
    }
    ground.nothing_left(std::time::Duration::from_secs(5))?;
    // If the server's reply was lost, the COMMIT took effect. If the client's request was lost, the server never received it.
    let done = ground.lab.admin(action.done) == "t";
    if done != (side == Side::Server) {
        return Err(format!("psql sees that the action took effect: {done}"));
    }
    let evidence = Sandbox::evidence_in(&folder);
    shown(&resolve(ground, &evidence), if done { 0 } else { 5 }, action.name)?;
    match action.changed {
        Ok(sql) => _ = ground.lab.admin(sql),
        Err(arguments) if done => straight(ground, arguments),
        Err(_) => {}
    }
    // Later changes by others do not change the outcome.
    shown(&resolve(ground, &evidence), if done { 0 } else { 5 }, action.name)?;
    if done {
        // After a reset of the statistics, the server looks as if it had crashed. Then only the proof row could show the outcome, and it is
        // gone.
        ground.lab.admin("SELECT pg_stat_reset_shared('bgwriter')");
        let later = resolve(ground, &evidence);
        if later.code() != Some(9) || !by_hand(action, &later) {
            return Err(format!(
                "the outcome cannot be known any more, but the report does not say so\n{}",
                later.whole()
            ));
        }
    }
    Ok(Told { unknown: true, tiers: action.tiers })
}

/// Whether the report names the queries that a person can run: the transaction status, and the proof row with the transaction id in its
/// `xmin`.
fn by_hand(action: Action, output: &Output) -> bool {
    let report = output.json();
    let hint = report["error"]["hint"].as_str().unwrap_or_default();
    let asks = match action.name {
        "shadow-drop" => "to_regclass('oneroof_shadow.oneroof_axis') IS NULL AS gone;".to_owned(),
        _ => {
            let rest = hint.split_once("pg_xact_status('").map_or("", |(_, rest)| rest);
            format!("(a row whose xmin is {})", rest.split('\'').next().unwrap_or_default())
        }
    };
    report["verdict"] == "UNKNOWN" && hint.contains("pg_xact_status('") && hint.ends_with(&asks)
}

fn resolve(ground: &Ground, evidence: &Path) -> Output {
    ground.lab.oneroof(["resolve", "--format", "json", "--patience", "20", "--evidence"]).argument(evidence).output()
}

fn shown(output: &Output, expected: i32, name: &str) -> Result<(), String> {
    if output.code() == Some(expected) && output.stdout.contains(name) {
        return Ok(());
    }
    Err(format!("resolve: expected exit code {expected} and {name}\n{}", output.whole()))
}
