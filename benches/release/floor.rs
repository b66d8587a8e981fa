//! The floor: only the bodies of the tiers, each in a separate transaction, in one psql session. No tool can avoid this work.

use super::figures::{Figures, medians, ratio};
use super::{APPROVAL, Bench};

impl Bench {
    /// The psql command that runs each body as one `-c`.
    fn floor(&self) -> Vec<String> {
        let mut command =
            vec![self.psql.display().to_string(), "-X".into(), "-q".into(), "-v".into(), "ON_ERROR_STOP=1".into()];
        for (_, body) in self.bodies() {
            command.push("-c".into());
            command.push(format!("BEGIN; {body}; COMMIT"));
        }
        command
    }

    /// The name and the body of each tier. A body sets the approval code, because the seed writes it.
    pub(super) fn bodies(&self) -> Vec<(String, String)> {
        let folder = self.packet.join("sql/prod");
        let run_all = std::fs::read_to_string(folder.join("99_run_all.sql")).expect("the packet is exported");
        let members = run_all.lines().filter_map(|line| line.strip_prefix("\\ir "));
        let body = |member: &str| {
            let text = std::fs::read_to_string(folder.join(member)).expect("the member is there");
            let (_, body) = text.split_once("-- oneroof:body\n").expect("a member has a body");
            let (body, _) = body.split_once("-- oneroof:assert").expect("a body has an end");
            format!("SET LOCAL oneroof.ratified_apr = '{APPROVAL}';\n{body}")
        };
        members.map(str::trim).map(|member| (member.trim_end_matches(".sql").to_owned(), body(member))).collect()
    }

    pub(super) fn above_the_floor(&self, figures: &mut Figures, pairs: usize) {
        let commands = [self.apply(&["--no-rehearsal", "--quiet"]), self.apply(&["--quiet"]), self.psql_release()];
        let mut walls = [const { Vec::new() }; 3];
        let floor = self.floor();
        for _ in 0..pairs {
            let bodies = self.timed(&floor).wall * 1000.0;
            self.reset();
            for (command, walls) in commands.iter().zip(&mut walls) {
                walls.push((self.timed(command).wall * 1000.0, bodies));
                self.reset();
            }
        }
        let lines = [
            ("wall of apply --no-rehearsal, ratio to the floor", 2.5, 2.0),
            ("wall of apply, ratio to the floor", 4.0, 3.0),
            ("wall of psql's own run, ratio to the floor", 3.0, 2.0),
        ];
        for ((what, must, aim), walls) in lines.into_iter().zip(walls) {
            figures.add(what, ratio(&walls), must, aim, medians(&walls, "ms"));
        }
    }
}
