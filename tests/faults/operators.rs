//! Two operators start the release at once.

use crate::ground::{Ground, Told, Way};
use crate::proxy::Proxy;
use crate::runner::{Case, Dice};
use crate::runs::run;
use crate::{Extent, Known};
use std::time::Duration;

const ROW: &str = "two operators at once: one winner each";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let seed = known.seed;
    let races = if extent == Extent::Quick { 4 } else { 200 };
    let race = |nth| {
        let name = format!("race {nth}");
        Case::new(ROW, name.clone(), move |ground: &mut Ground| race(ground, Dice::of(seed, &name)))
    };
    (0..races).map(race).collect()
}

fn race(ground: &mut Ground, mut dice: Dice) -> Result<Told, String> {
    ground.reset(0);
    let proxy = Proxy::counting(ground.port());
    let (one, _) = run(ground, &proxy, Way::Apply, &[]);
    let (other, _) = run(ground, &proxy, Way::Apply, &[]);
    let one = one.start();
    std::thread::sleep(Duration::from_micros(dice.below(60_000)));
    let outputs = [one, other.start()].map(crate::support::Running::finish);
    let codes = [outputs[0].code(), outputs[1].code()];
    ground.nothing_left(Duration::from_secs(5))?;
    let tiers = ground.tiers()?;
    // The loser found the run lock held. If it started after the winner had ended, it found the release applied.
    let right = matches!(codes, [Some(0), Some(10 | 4)] | [Some(10 | 4), Some(0)]);
    if right && tiers == 6 {
        return Ok(Told { unknown: false, tiers });
    }
    Err(format!("exit codes {codes:?}, {tiers} tiers are applied\n{}\n{}", outputs[0].whole(), outputs[1].whole()))
}
