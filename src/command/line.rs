//! The command line of the program: a command with its options, and the options of every command.

use super::help;
use super::help_packet::HelpPacket;
use super::verbs::{Verb, pages};
use crate::cli::{Common, words};
use clap::builder::{PossibleValuesParser, StyledStr};
use clap::{Command, CommandFactory as _, FromArgMatches as _, Parser};
use std::ffi::OsString;

/// Releases an approved SQL packet into a PostgreSQL database, tier by tier, and rolls it back to exactly what was there before.
///
/// Every tier runs in its own transaction, with checks before and after its changes, and the run stops at the first failure. The
/// approval is read from the database itself, inside the same transaction. No command opens the gate.
#[derive(Debug, Parser)]
#[command(name = "oneroof", version, about, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// The words of the command line, without values that could hold a secret. [`Cli::read`] fills them in.
    #[arg(skip)]
    pub words: Vec<String>,
}

impl Cli {
    /// Reads the command line, and keeps its words for the evidence.
    ///
    /// # Errors
    /// clap's error for a wrong word. Help and the version are such errors too. [`Self::explained`] has the texts of help.
    pub fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let matches = model().try_get_matches_from(arguments)?;
        let cli = Self::from_arg_matches(&matches)?;
        Ok(Self { words: words(&mut model(), &matches, arguments), ..cli })
    }

    /// The error for a command line that [`Self::read`] refused, with the texts of help for this packet.
    pub fn explained(arguments: &[OsString], packet: &HelpPacket) -> Option<clap::Error> {
        help::with_help(model(), packet).try_get_matches_from(arguments).err()
    }

    /// The screen of `oneroof -h`, or of `oneroof VERB -h`.
    pub fn short_help(packet: &HelpPacket, verb: Option<&str>) -> StyledStr {
        let mut root = help::with_help(model(), packet);
        root.build();
        match verb.and_then(|verb| root.find_subcommand_mut(verb)) {
            Some(verb) => verb.render_help(),
            None => root.render_help(),
        }
    }
}

/// The model of the command line without the help texts, for completions and manual pages.
pub fn model() -> Command {
    Cli::command().mut_subcommands(|verb| if verb.get_name() == "man" { with_names(verb) } else { verb })
}

/// The command `man` with the names of all commands as its possible values, its own name last.
fn with_names(man: Command) -> Command {
    let mut names: Vec<&str> = pages().into_iter().map(|page| page.name).collect();
    names.sort_by_key(|name| *name == "man");
    let names = PossibleValuesParser::new(names);
    man.mut_arg("command", |name| name.value_parser(names).hide_possible_values(true))
}
