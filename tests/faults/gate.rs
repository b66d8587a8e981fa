//! The gate is closed while the release runs: nothing is committed after that.

use crate::ground::{Ground, Told, Way};
use crate::proxy::Proxy;
use crate::runner::{Case, Dice};
use crate::runs::run;
use crate::support::repository_text;
use crate::{Extent, Known};
use std::time::Duration;

const ROW: &str = "gate closed at a random instant: no commit after it";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let seed = known.seed;
    let tries = if extent == Extent::Quick { 8 } else { 1000 };
    let close = |nth| {
        let name = format!("gate {nth}");
        Case::new(ROW, name.clone(), move |ground: &mut Ground| close(ground, Dice::of(seed, &name)))
    };
    (0..tries).map(close).collect()
}

fn close(ground: &mut Ground, mut dice: Dice) -> Result<Told, String> {
    ground.reset(0);
    let withdraw = repository_text("sql/lab/withdraw.sql");
    let mut writer = ground.lab.session();
    writer.run("SELECT 1");
    let proxy = Proxy::counting(ground.port());
    let (run, _) = run(ground, &proxy, Way::Apply, &[]);
    let run = run.start();
    std::thread::sleep(Duration::from_micros(50_000 + dice.below(900_000)));
    // The instant counts at which it is committed: a tier that holds the gate makes it wait.
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
    // The approvals are part of every state: put back, the database must be at a boundary, and where the report says.
    ground.lab.ratify();
    let tiers = ground.tiers_but_for_approvals()?;
    let refused = matches!(output.code(), Some(0 | 3 | 5));
    if late == "0" && refused && tiers == committed.len() && (output.code() != Some(0) || tiers == 6) {
        return Ok(Told { unknown: false, tiers });
    }
    Err(format!("{late} tiers were committed after the close, {tiers} stand\n{}", output.whole()))
}
