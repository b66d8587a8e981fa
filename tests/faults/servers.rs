//! The server ends while a message is held. It is stopped at once, or it crashes because one of its processes is killed.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Proxy, Side};
use crate::runner::Case;
use crate::runs::{REACH, start};
use crate::support::Trouble as _;
use crate::{Extent, Known};
use oneroof::testing::lab::StopMode;

const STOP: &str = "server stopped at once at a held message";
const CRASH: &str = "server crashed by a killed sibling at a held message";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback] {
        for message in known.messages(way) {
            // Of the server's messages only the first of each answer: it exists, but the client has not received it.
            let first = message.side == Side::Server && matches!(message.tag, b'T' | b'Z' | b'C');
            let at = (message.side, message.number);
            for (turn, crash) in [false, true].into_iter().enumerate() {
                let place = (message.number + turn * 4) as u64;
                let chosen = match (extent, message.side) {
                    (Extent::Quick, Side::Client) => place % 211 == known.seed % 211,
                    (Extent::Quick, Side::Server) => first && place % 599 == known.seed % 599,
                    (_, Side::Client) => true,
                    (Extent::All, Side::Server) => first && place % 8 == known.seed % 8,
                    (Extent::Grid, Side::Server) => first,
                };
                if !chosen {
                    continue;
                }
                let (row, word) = if crash { (CRASH, "crash") } else { (STOP, "stop") };
                let name = format!("server {} {:?} {} {word}", way.name(), at.0, at.1);
                cases.push(Case::new(row, name, move |ground| ended(ground, way, at, crash)));
            }
        }
    }
    cases
}

fn ended(ground: &mut Ground, way: Way, at: (Side, usize), crash: bool) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), at.0, at.1, Act::Hold);
    let started = start(ground, &proxy, way, &["--commit-timeout", "10"]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    let cluster = ground.lab.cluster();
    let gone = if crash { cluster.crash() } else { cluster.restart(StopMode::Immediate) };
    gone.map_err(|error| error.to_string())?;
    // A held message of the server reaches the client. A held message of the client reaches nobody.
    proxy.release();
    let output = started.running.finish();
    let shown = ground.judge(way, &output)?;
    if shown.unknown {
        return Err(format!("the server is back and could answer, but the outcome is unknown\n{}", output.whole()));
    }
    Ok(shown)
}
