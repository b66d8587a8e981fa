//! The connection ends, or falls silent, at a message.

use crate::ground::{Told, Way};
use crate::proxy::{Act, Passed, Side};
use crate::runner::Case;
use crate::runs::{acted, is_commit};
use crate::{Extent, Known};

const ROW: &str = "connection cut at a message: reset, close, half a message";
const STALL: &str = "connection falls silent at a message";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback] {
        let messages = known.messages(way);
        let near = near_commits(messages);
        for (index, message) in messages.iter().enumerate() {
            let at = (message.side, message.number);
            for (turn, act) in [Act::Reset, Act::Close, Act::Half].into_iter().enumerate() {
                let place = (index + turn) as u64 + known.seed;
                let chosen = match extent {
                    Extent::Grid => true,
                    // Every message: in every way where a client's message or a COMMIT is at stake, else in one of the three.
                    Extent::All => near[index] || message.side == Side::Client || place.is_multiple_of(3),
                    // Some around each COMMIT and a few of the others: other ones with each seed.
                    Extent::Quick => {
                        (near[index] && place.is_multiple_of(18)) || (index * 3 + turn) as u64 % 599 == known.seed % 599
                    }
                };
                if chosen {
                    cases.push(case(way, at, act));
                }
            }
            let stalls = match extent {
                Extent::All | Extent::Grid => message.side == Side::Client || near[index] || index % 200 == 0,
                Extent::Quick => false,
            };
            if stalls {
                cases.push(case(way, at, Act::Stall).waiting());
            }
        }
    }
    cases
}

/// Whether each message is a COMMIT, an answer to one, or the one right after it.
fn near_commits(messages: &[Passed]) -> Vec<bool> {
    let mut near = vec![false; messages.len()];
    let mut open = false;
    for (index, message) in messages.iter().enumerate() {
        if message.side == Side::Client {
            open = is_commit(message);
        }
        near[index] = open;
        // The last answer before the COMMIT is the one that decides on it.
        if is_commit(message) && index > 0 {
            near[index - 1] = true;
        }
    }
    near
}

fn case(way: Way, at: (Side, usize), act: Act) -> Case {
    let row = if act == Act::Stall { STALL } else { ROW };
    let name = format!("cut {} {:?} {} {}", way.name(), at.0, at.1, act.name());
    Case::new(row, name, move |ground| {
        let (told, output) = acted(ground, way, at, act, &["--commit-timeout", "2"])?;
        if told.unknown {
            return Err(format!("the server was there to be asked, and the outcome is unknown\n{}", output.whole()));
        }
        if at.1.is_multiple_of(7) {
            ground.status_agrees(told.tiers)?;
        }
        if at.1.is_multiple_of(40) {
            ground.goes_on(told.tiers)?;
        }
        Ok(Told { unknown: false, ..told })
    })
}
