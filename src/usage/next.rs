//! The next command after a command line that cannot be read. It is the corrected command line if clap's suggestion leaves no doubt, and a
//! help command otherwise.

use super::is_hidden;
use crate::command::Cli;
use crate::text::{escaped, quoted};
use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;

/// The next command, without the label `next:`.
pub(super) fn next(arguments: &[OsString], error: &clap::Error) -> String {
    corrected(arguments, error).unwrap_or_else(|| help(arguments))
}

/// The next command for a person who gave `-h HOST` as for psql.
pub(super) fn with_host(arguments: &[OsString], host: &str) -> String {
    let is_host = |word: &OsString| word.to_str().is_some_and(|word| word.starts_with("-h") && !word.starts_with("--"));
    let Some(at) = arguments.iter().position(is_host) else { return help(arguments) };
    let mut changed = arguments.to_vec();
    let rest = at + if arguments[at] == "-h" { 2 } else { 1 };
    changed.splice(at..rest.min(arguments.len()), ["--host".into(), host.into()]);
    if super::verb(arguments).is_none() {
        changed.push("preflight".into());
    }
    pasted(&changed).unwrap_or_else(|| help(arguments))
}

/// The command line with clap's suggestion in place of the wrong word, if the result can be read.
fn corrected(arguments: &[OsString], error: &clap::Error) -> Option<String> {
    let (wrong, suggested) = match error.kind() {
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        ErrorKind::InvalidValue => (ContextKind::InvalidValue, ContextKind::SuggestedValue),
        _ => return None,
    };
    let (wrong, right) = (only(error.get(wrong)?)?, only(error.get(suggested)?)?);
    if !is_near(wrong, right) || is_hidden(arguments, wrong) {
        return None;
    }
    let replaced = |word: &OsString| -> Option<OsString> {
        let word = word.to_str()?;
        if word == wrong {
            return Some(right.into());
        }
        // For example `--fromat=json` or `--format=jsno`.
        let (name, value) = word.split_once('=')?;
        match (name == wrong, value == wrong) {
            (true, _) => Some(format!("{right}={value}").into()),
            (_, true) => Some(format!("{name}={right}").into()),
            _ => None,
        }
    };
    let (at, word) = arguments.iter().enumerate().skip(1).find_map(|(at, word)| Some((at, replaced(word)?)))?;
    let mut changed = arguments.to_vec();
    changed[at] = word;
    pasted(&changed)
}

/// The command line in a form that can be pasted. `None` if it cannot be read, may contain a password, or contains characters that control
/// a terminal.
fn pasted(arguments: &[OsString]) -> Option<String> {
    let words = Cli::read(arguments).ok()?.words;
    if words.iter().any(|word| word.contains("***") || escaped(word) != *word) {
        return None;
    }
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    Some(format!("oneroof {}", quoted.join(" ")))
}

/// The text of a context value, if there is exactly one.
fn only(value: &ContextValue) -> Option<&str> {
    match value {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(texts) if texts.len() == 1 => texts.first().map(String::as_str),
        _ => None,
    }
}

/// Whether two words differ in at most two neighbouring letters, as after a typing error. This is needed because clap also suggests
/// `rollback` for `frob`.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let shorter = one.len().min(other.len());
    let front = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    let same = (front + behind).min(shorter);
    one.len().max(other.len()) - same <= 2
}

/// The help command for the command that was meant, with its subcommands, for example `oneroof help clone create`.
fn help(arguments: &[OsString]) -> String {
    let mut command = Cli::command();
    command.build();
    let mut names: Vec<&str> = Vec::new();
    let mut at = &command;
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(found) = at.get_subcommands().find(|part| part.get_name() == word && word != "help") {
            names.push(word);
            at = found;
        }
    }
    if names.is_empty() { "oneroof --help".to_owned() } else { format!("oneroof help {}", names.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn a_misspelled_word_is_near_and_another_word_is_not() {
        for (one, other) in [
            ("preflght", "preflight"),
            ("--fromat", "--format"),
            ("stauts", "status"),
            ("applyy", "apply"),
            ("jsn", "json"),
            ("xtatus", "status"),
            ("aaa", "aa"),
        ] {
            assert!(is_near(one, other) && is_near(other, one), "{one} {other}");
        }
        for (one, other) in [("frob", "rollback"), ("creat", "revalidate"), ("undo", "up"), ("", "sql")] {
            assert!(!is_near(one, other) && !is_near(other, one), "{one} {other}");
        }
    }
}
