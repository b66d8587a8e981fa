//! Removes a suggestion that has little in common with the typed word, such as clap's `--to` for `--with-rollback`.

use super::Cli;
use crate::text::edits;
use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue};
use std::ffi::OsString;

/// Removes the suggestions that are not similar to the typed word. If none is left, the usage is that of the command that was typed, because clap
/// shows the usage of the suggested option.
pub(super) fn keep_similar(error: &mut clap::Error, arguments: &[OsString]) {
    for (wrong, suggested) in [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
    ] {
        let (Some(ContextValue::String(typed)), Some(value)) = (error.get(wrong), error.get(suggested)) else {
            continue;
        };
        let is_similar = |name: &String| edits(typed.trim_start_matches('-'), name.trim_start_matches('-')).is_some();
        let similar: Vec<String> = match value {
            ContextValue::String(name) => std::slice::from_ref(name),
            ContextValue::Strings(names) => names.as_slice(),
            _ => continue,
        }
        .iter()
        .filter(|name| is_similar(name))
        .cloned()
        .collect();
        if similar.is_empty() {
            error.remove(suggested);
            // clap prints an empty line for an empty list of tips.
            if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested)
                && tips.is_empty()
            {
                error.remove(ContextKind::Suggested);
            }
            error.insert(ContextKind::Usage, ContextValue::StyledStr(usage(arguments)));
        } else if let Some(ContextValue::Strings(_)) = error.get(suggested) {
            error.insert(suggested, ContextValue::Strings(similar));
        }
    }
}

/// The usage of the command that was typed, or of the program.
fn usage(arguments: &[OsString]) -> clap::builder::StyledStr {
    let mut command = Cli::command();
    command.build();
    let mut typed = &mut command;
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        if typed.find_subcommand(word).is_some() {
            typed = typed.find_subcommand_mut(word).expect("it was found");
        }
    }
    typed.render_usage()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_needs_two_thirds_of_the_letters() {
        for (typed, name) in [("all", "full"), ("dryrun", "dry-run"), ("tiers", "tier"), ("preflght", "preflight")] {
            assert!(edits(typed, name).is_some(), "{typed} {name}");
        }
        for (typed, name) in [("with-rollback", "to"), ("json", "dsn"), ("force", "format"), ("approve", "profile")] {
            assert!(edits(typed, name).is_none(), "{typed} {name}");
        }
    }
}
