//! The gate is closed while the release runs. After that nothing is committed.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Proxy, Side};
use crate::runner::{Case, Dice};
use crate::runs::{REACH, commit, run, start};
use crate::support::repository_text;
use crate::{Extent, Known};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const ROW: &str = "gate closed at a random instant: no commit after it";

const HELD: &str = "gate closed while a COMMIT is on its way: it waits for the COMMIT";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let seed = known.seed;
    let tries = if extent == Extent::Quick { 8 } else { 1000 };
    let close = |nth| {
        let name = format!("gate {nth}");
        Case::new(ROW, name.clone(), move |ground: &mut Ground| close(ground, Dice::of(seed, &name)))
    };
    let mut cases: Vec<Case> = (0..tries).map(close).collect();
    for nth in 1..=6 {
        if extent == Extent::Quick && nth as u64 % 3 != seed % 3 {
            continue;
        }
        let number = commit(known.messages(Way::Apply), nth);
        cases.push(Case::new(HELD, format!("gate held {nth}"), move |ground| held(ground, nth, number)).waiting());
    }
    cases
}

/// While a tier's COMMIT is on its way, nobody can close the gate. Afterwards it can be closed, and the next tier does not begin.
fn held(ground: &mut Ground, nth: usize, number: usize) -> Result<Told, String> {
    ground.reset(0);
    let withdraw = repository_text("sql/lab/withdraw.sql");
    let proxy = Proxy::acting(ground.port(), Side::Client, number, Act::Hold);
    let started = start(ground, &proxy, Way::Apply, &[]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the COMMIT never came".to_owned());
    }
    let closed = AtomicBool::new(false);
    let (early, output) = std::thread::scope(|scope| {
        let (closed, lab) = (&closed, &ground.lab);
        scope.spawn(move || {
            lab.psql(&withdraw);
            closed.store(true, Ordering::Release);
        });
        let question =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_type = 'client backend'";
        let begun = Instant::now();
        while lab.admin(question) == "0" && !closed.load(Ordering::Acquire) && begun.elapsed() < REACH {
            std::thread::sleep(Duration::from_millis(20));
        }
        let early = closed.load(Ordering::Acquire);
        proxy.release();
        (early, started.running.finish())
    });
    ground.nothing_left(Duration::from_secs(5))?;
    ground.lab.ratify();
    let tiers = ground.tiers_but_for_approvals()?;
    // After the last tier the run only reads, so it may end with success.
    let refused = matches!(output.code(), Some(3 | 5)) || (nth == 6 && output.code() == Some(0));
    if !early && tiers == nth && refused {
        return Ok(Told { unknown: false, tiers });
    }
    Err(format!(
        "the gate was closed before the COMMIT: {early}; {tiers} tiers are applied, not {nth}\n{}",
        output.whole()
    ))
}

fn close(ground: &mut Ground, mut dice: Dice) -> Result<Told, String> {
    ground.reset(0);
    let withdraw = repository_text("sql/lab/withdraw.sql");
    let proxy = Proxy::counting(ground.port());
    let (run, _) = run(ground, &proxy, Way::Apply, &[]);
    // The session is opened after `run` was prepared, because the preparation copies the database and nobody may be connected then.
    let mut writer = ground.lab.session();
    let pid = writer.backend();
    let run = run.start();
    std::thread::sleep(Duration::from_micros(50_000 + dice.below(900_000)));
    // The commit time of the DELETE counts. If a tier holds the lock on the approvals, the DELETE waits.
    writer.run("BEGIN");
    writer.run(&withdraw);
    let closed = writer.run("SELECT pg_catalog.pg_current_xact_id()::text");
    writer.run("COMMIT");
    let output = run.finish();
    drop(writer);
    ground.nothing_left(Duration::from_secs(5))?;
    let report = output.json();
    let committed: Vec<String> = report["tiers"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter(|tier| tier["outcome"] == "committed")
        .filter_map(|tier| tier["xid"].as_str().map(str::to_owned))
        .collect();
    let late = ground.lab.admin(&format!(
        "SELECT count(*) FROM unnest('{{{}}}'::xid[]) AS tier (xid)
         WHERE pg_xact_commit_timestamp(tier.xid) > pg_xact_commit_timestamp('{closed}'::xid)",
        committed.join(",")
    ));
    // The approvals are part of every state. After they are restored, the database must be at a tier boundary, as the report says.
    ground.lab.ratify();
    let tiers = ground.tiers_but_for_approvals()?;
    // Preflight may find the session that closes the gate idle in its transaction, and stop with its name.
    let seen = output.code() == Some(4) && tiers == 0 && output.stdout.contains(&format!("pid {pid} "));
    let refused = seen || matches!(output.code(), Some(0 | 3 | 5));
    if late == "0" && refused && tiers == committed.len() && (output.code() != Some(0) || tiers == 6) {
        return Ok(Told { unknown: false, tiers });
    }
    Err(format!("{late} tiers were committed after the gate was closed, {tiers} are applied\n{}", output.whole()))
}
