//! The example that a usage error shows. It is a correct command line of the command that was typed. It shows the option that was wrong, if
//! there is an example with that option.

use crate::command::{Cli, HelpPacket, pages};
use clap::CommandFactory as _;
use clap::error::ContextKind;
use std::ffi::OsString;

/// Options of every command, each with the text that is added to the example of the command.
const SHARED: [(&str, &str); 5] = [
    ("--log-format", " --log-format json"),
    ("--format", " --format json"),
    ("--color", " --color never"),
    ("--lock-timeout", " --lock-timeout 5"),
    ("--expect-release", " --expect-release sha256:<64 hex digits, as oneroof manifest shows them>"),
];

/// Examples of options and actions that the pages of help do not show.
const MORE: [&str; 6] = [
    "oneroof rollback --to 3",
    "oneroof rollback --full",
    "oneroof packet build notes",
    "oneroof packet check notes-1.packet",
    "oneroof packet export",
    "oneroof sql show prod/99_run_all.sql",
];

/// An example of the command that was meant, or of preflight if no command was meant.
pub(super) fn example(arguments: &[OsString], error: &clap::Error, packet: &HelpPacket) -> String {
    let named: Vec<String> = error
        .context()
        .filter(|(kind, _)| *kind == ContextKind::InvalidArg)
        .map(|(_, value)| value.to_string())
        .collect();
    let named = named.join(" ");
    let has = |option: &str| is_known(&named) && named.split([' ', '|', '<', '>']).any(|word| word == option);
    let command = packet.fill(&of_command(arguments, &has));
    match SHARED.iter().find(|(option, _)| has(option)) {
        Some((option, added)) if !command.contains(option) => format!("{command}{added}"),
        _ => command,
    }
}

/// An example of the command that was typed. `has` tells whether the error names an option.
fn of_command(arguments: &[OsString], has: &impl Fn(&str) -> bool) -> String {
    let all = Cli::command();
    let typed: Vec<&str> = arguments.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let Some((at, verb)) = typed.iter().enumerate().find_map(|(at, word)| Some((at, all.find_subcommand(word)?)))
    else {
        return "oneroof preflight".to_owned();
    };
    let action = typed.get(at + 1).and_then(|word| verb.find_subcommand(word));
    let of_verb = format!("oneroof {}", verb.get_name());
    let of_action = action.map_or_else(|| of_verb.clone(), |action| format!("{of_verb} {}", action.get_name()));
    let pages = pages();
    let of_pages = pages.iter().filter(|page| page.name == verb.get_name()).flat_map(|page| page.examples);
    // An example of the page may end with a redirection.
    let known = of_pages.chain(MORE).map(|line| line.split(['>', '|']).next().unwrap_or(line).trim());
    let known: Vec<&str> = known.filter(|line| *line == of_verb || line.starts_with(&format!("{of_verb} "))).collect();
    let is_of_action = |line: &&&str| **line == of_action || line.starts_with(&format!("{of_action} "));
    let has_option = |line: &&&str| line.split(' ').any(has);
    let found = known.iter().filter(is_of_action).find(has_option).or_else(|| known.iter().find(is_of_action));
    found.map_or(of_action.clone(), |line| (*line).to_owned())
}

/// Whether clap knows the option. clap prints the name of a known option's value after it.
fn is_known(named: &str) -> bool {
    named.contains('<') || matches!(named, "--full" | "--yes" | "--dry-run")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::read;

    /// The example in the reply to these words.
    fn shown(words: &[&str]) -> String {
        let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        let reply = read(&arguments, |_| false).unwrap_err();
        let line = reply.err.lines().find_map(|line| line.trim().strip_prefix("example: "));
        line.unwrap_or_else(|| panic!("{words:?}: {}", reply.err)).to_owned()
    }

    #[test]
    fn every_command_and_action_has_its_own_example_and_the_example_can_be_read() {
        let all = Cli::command();
        for verb in all.get_subcommands() {
            let actions: Vec<&str> = verb.get_subcommands().map(clap::Command::get_name).collect();
            let paths = if actions.is_empty() {
                vec![vec![verb.get_name()]]
            } else {
                actions.iter().map(|action| vec![verb.get_name(), action]).collect()
            };
            for path in paths {
                let words = [&["oneroof"], path.as_slice(), &["--no-such-option"]].concat();
                let line = shown(&words);
                let own = ["oneroof"].iter().chain(&path).copied().collect::<Vec<_>>().join(" ");
                assert!(line == own || line.starts_with(&format!("{own} ")), "{own}: {line}");
                let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
                assert!(read(&words, |_| false).is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn the_example_has_the_option_that_the_error_names() {
        let cases: [(&[&str], &str); 10] = [
            (&["packet", "show", "--tier"], "oneroof packet show --tier 3"),
            (&["rollback", "--to"], "oneroof rollback --to 3"),
            (&["rollback", "--tier", "-1"], "oneroof rollback --tier 6"),
            (&["scan", "cursor"], "oneroof scan cursor --advance-to 7"),
            (&["resolve"], "oneroof resolve --evidence rollout/rollout_1.json"),
            (&["report", "--as", "pdf"], "oneroof report --as folder"),
            (&["gate", "--format", "xml"], "oneroof gate --format json"),
            (&["completions", "--color", "x"], "oneroof completions bash --color never"),
            (&["aply"], "oneroof preflight"),
            (&["man", "nobody"], "oneroof man"),
        ];
        for (words, wanted) in cases {
            assert_eq!(shown(&[&["oneroof"], words].concat()), wanted, "{words:?}");
        }
    }
}
