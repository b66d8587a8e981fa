//! What the help texts take from the packet: which commands it declares, and an approval code of its form.

use super::{packet, verbs};
use crate::cli::ExampleCode;
use crate::release::Release;
use std::path::Path;

/// What the help texts take from the packet.
#[derive(Debug, Default)]
pub struct HelpPacket {
    /// The commands that the packet does not declare. Help does not list them.
    lacking: Vec<&'static str>,
    /// The approval code in the examples.
    code: ExampleCode,
}

impl HelpPacket {
    /// What help shows of this release.
    pub fn of(release: &Release) -> Self {
        Self { lacking: verbs::lacking(release), code: ExampleCode::of(release) }
    }

    /// The packet in this file, or the one in the binary. If it cannot be read, help lists every command.
    pub fn read(path: Option<&Path>) -> Self {
        let release = match path {
            Some(path) => packet::sealed(path).ok(),
            None => Release::embedded().ok(),
        };
        release.as_ref().map(Self::of).unwrap_or_default()
    }

    /// Whether help lists the command.
    pub fn has(&self, verb: &str) -> bool {
        !self.lacking.contains(&verb)
    }

    /// The text with the packet's approval code in its examples.
    pub fn fill(&self, text: &str) -> String {
        self.code.fill(text)
    }

    /// The examples of the first screen, without those of commands that the packet does not declare.
    pub fn examples(&self, lines: &str) -> String {
        let lines = lines.lines().filter(|line| line.split_whitespace().nth(1).is_none_or(|verb| self.has(verb)));
        self.fill(&lines.collect::<Vec<_>>().join("\n"))
    }
}
