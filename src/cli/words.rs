//! The command line in the form that the evidence keeps: every word that was given, one spelling for each option, and no value that could
//! hold a secret.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use std::ffi::{OsStr, OsString};

/// Shown for a value that could hold a secret.
const HIDDEN: &str = "***";

/// The words of `line`, the command's name first.
pub fn words(command: &mut Command, matches: &ArgMatches, line: &[OsString]) -> Vec<String> {
    // clap adds the options of every command to each command only when it builds the model.
    command.build();
    let (mut command, mut matches, mut words) = (&*command, matches, Vec::new());
    while let Some((name, inner)) = matches.subcommand() {
        words.push(name.to_owned());
        let Some(found) = command.find_subcommand(name) else { return words };
        (command, matches) = (found, inner);
    }
    let mut given: Vec<(usize, Vec<String>)> =
        command.get_arguments().filter_map(|arg| spelled(arg, matches, line)).collect();
    given.sort_by_key(|(place, _)| *place);
    words.extend(given.into_iter().flat_map(|(_, words)| words));
    words
}

/// One argument and its place. `None` if it was not given on the command line.
fn spelled(arg: &Arg, matches: &ArgMatches, line: &[OsString]) -> Option<(usize, Vec<String>)> {
    let id = arg.get_id().as_str();
    if !matches.try_contains_id(id).ok()? || matches.value_source(id) != Some(ValueSource::CommandLine) {
        return None;
    }
    let place = matches.indices_of(id)?.next()?;
    let name = name(arg, line);
    if !arg.get_action().takes_values() {
        let count = if matches!(arg.get_action(), clap::ArgAction::Count) { matches.get_count(id) } else { 1 };
        return Some((place, std::iter::repeat_n(name?, usize::from(count)).collect()));
    }
    let values = matches.get_raw(id)?.map(|value| shown(id, value));
    Some((place, values.flat_map(|value| name.clone().into_iter().chain([value])).collect()))
}

/// The option's name. If the option has two names, the one that the person gave.
fn name(arg: &Arg, line: &[OsString]) -> Option<String> {
    let is_given = |option: &String| {
        let rest = |word: &OsString| word.to_str()?.strip_prefix(option.as_str()).map(str::to_owned);
        line.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with('='))
    };
    let other =
        arg.get_visible_aliases().unwrap_or_default().into_iter().map(|alias| format!("--{alias}")).find(is_given);
    other.or_else(|| arg.get_long().map(|long| format!("--{long}")))
}

/// A value in a form that the evidence may keep.
fn shown(id: &str, value: &OsStr) -> String {
    let text = value.to_string_lossy();
    match id {
        "dsn" => connection_string(&text),
        // This may be a connection string, even if it cannot be read as one.
        "dbname" if text.contains(['=', ':', '/', '@', '?']) => connection_string(&text),
        // The first word shows which program it was. The rest may hold a secret.
        "via" if crate::secret::may_hold_one(&text) => HIDDEN.to_owned(),
        "via" => {
            text.split_whitespace().next().map_or_else(|| HIDDEN.to_owned(), |program| format!("{program} {HIDDEN}"))
        }
        _ if crate::secret::may_hold_one(&text) => HIDDEN.to_owned(),
        _ => text.into_owned(),
    }
}

/// The settings of a connection string without its secrets. `***` if the string cannot be read.
fn connection_string(text: &str) -> String {
    crate::pg::conninfo::public_settings(text).unwrap_or_else(|| HIDDEN.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::command::Cli;

    fn words(line: &[&str]) -> Vec<String> {
        Cli::read(&line.iter().map(|word| (*word).into()).collect::<Vec<_>>()).unwrap().words
    }

    #[test]
    fn every_word_is_kept_in_one_spelling() {
        let line =
            ["oneroof", "-vv", "apply", "-d", "x", "--ratified-apr=APR-X", "--dry-run", "-p5432", "--log-dir", "a b"];
        let expected = [
            "apply",
            "--verbose",
            "--verbose",
            "--dbname",
            "x",
            "--ratified-apr",
            "APR-X",
            "--dry-run",
            "--port",
            "5432",
            "--log-dir",
            "a b",
        ];
        let mut kept = words(&line);
        assert_eq!(kept.remove(0), "apply");
        let mut wanted = expected[1..].to_vec();
        // clap numbers the options in front of the command separately, so the order is not compared.
        kept.sort();
        wanted.sort_unstable();
        assert_eq!(kept, wanted);
        let named = |option: &str| words(&["oneroof", "apply", option, "REL-1"]);
        assert_eq!(named("--approval"), ["apply", "--approval", "REL-1"]);
        assert_eq!(named("--ratified-apr"), ["apply", "--ratified-apr", "REL-1"]);
        let cursor = words(&["oneroof", "scan", "cursor", "--advance-to", "7", "--yes"]);
        assert_eq!(cursor, ["scan", "cursor", "--advance-to", "7", "--yes"]);
        assert_eq!(words(&["oneroof", "rollback", "--tier", "6"]), ["rollback", "--tier", "6"]);
        assert_eq!(words(&["oneroof", "evidence", "check", "file"]), ["evidence", "check", "file"]);
        assert_eq!(
            words(&["oneroof", "report", "--evidence", "a", "--evidence", "b"]),
            ["report", "--evidence", "a", "--evidence", "b"]
        );
    }

    #[test]
    fn no_value_that_could_hold_a_secret_is_kept() {
        for given in [
            vec!["--dsn", "host=h user=u password=canary sslpassword='canary x'"],
            vec!["--dsn=postgresql://u:canary@h:5432/d?sslmode=require&password=canary"],
            vec!["-d", "postgresql+psycopg2://u:canary@h/d"],
            vec!["-dhost=h password=canary"],
            vec!["-wd", "jdbc:postgresql://h/d?password=canary"],
            vec!["--dsn", "host=h password=canary port"],
            vec!["--dsn", " postgresql://u:canary@h/d"],
            vec!["--via", "sshpass -p canary ssh db nc -U s"],
        ] {
            let kept = words(&[vec!["oneroof", "status"], given.clone()].concat());
            assert!(!kept.concat().contains("canary"), "{given:?}: {kept:?}");
            assert!(kept.len() > 2, "{kept:?}");
        }
        let kept = words(&["oneroof", "status", "--dsn", "host=h user=u password=canary"]);
        assert_eq!(kept[1..], ["--dsn", "host=h user=u password=***"]);
        let kept = words(&["oneroof", "status", "--via", "ssh db nc -U s", "-d", "directory"]);
        assert_eq!(kept[1..], ["--via", "ssh ***", "--dbname", "directory"]);
    }
}
