//! The reply to a command line that cannot be read: what is wrong, the rule that it breaks, an example that works, and the next command.
//! This module is pure.

mod example;
mod next;
mod similar;

use crate::command::{Cli, HelpPacket, help};
use crate::error::{Error, ExitCode};
use crate::report::Report;
use crate::secret::{HIDDEN, may_hold_one};
use crate::text::{escaped_bytes, escaped_within};
use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;

/// What the program prints instead of running a command.
#[derive(Debug)]
pub struct UsageReply {
    /// The text for standard output: help or the version.
    pub out: String,
    /// The text for standard error, which says what is wrong.
    pub err: String,
    /// The report for standard output, if `--format json` was given.
    pub report: Option<Report>,
    /// The exit code.
    pub code: ExitCode,
}

/// Reads the command line.
///
/// # Errors
/// [`UsageReply`] for everything except a command. Help and the version have exit code 0, and a wrong word has 2.
pub fn read(arguments: &[OsString], colour: impl Fn(bool) -> bool) -> Result<Cli, Box<UsageReply>> {
    if let Some(page) = help::topic(arguments) {
        let out = if colour(true) { help::drawn(&page.ansi().to_string()) } else { page.to_string() };
        return Err(Box::new(UsageReply { out, err: String::new(), report: None, code: ExitCode::Done }));
    }
    Cli::read(arguments).map_err(|error| {
        if error.kind() == ErrorKind::DisplayVersion {
            // The version depends on no packet, so none is read.
            return Box::new(reply_to(arguments, error, &HelpPacket::default(), colour));
        }
        let given =
            raw_option(arguments, "--packet").map(OsString::from).or_else(|| std::env::var_os("ONEROOF_PACKET"));
        let packet = HelpPacket::read(given.as_ref().filter(|path| !path.is_empty()).map(Path::new));
        let error = Cli::explained(arguments, &packet).unwrap_or(error);
        Box::new(reply_to(arguments, error, &packet, colour))
    })
}

/// The value of a long option at any place of the command line, even if the rest cannot be read.
pub fn raw_option<'a>(arguments: &'a [OsString], name: &str) -> Option<&'a str> {
    let mut words = arguments.iter().map(|word| word.to_str().unwrap_or_default());
    while let Some(word) = words.next() {
        match word.strip_prefix(name) {
            Some("") => return words.next(),
            Some(rest) if rest.starts_with('=') => return Some(&rest[1..]),
            _ => {}
        }
    }
    None
}

fn reply_to(
    arguments: &[OsString],
    mut error: clap::Error,
    packet: &HelpPacket,
    colour: impl Fn(bool) -> bool,
) -> UsageReply {
    similar::keep_similar(&mut error, arguments);
    let next = next::next(arguments, &error);
    escape(&mut error, arguments);
    let is_wrong = error.use_stderr();
    // If the command is missing, clap shows the help. But it reports an error instead if ONEROOF_PACKET is set.
    let is_bare = error.kind() == ErrorKind::MissingSubcommand;
    let text = if is_bare { Cli::short_help(packet, verb(arguments).as_deref()) } else { error.render() };
    let (plain, drawn) = (text.to_string(), text.ansi().to_string());
    if !is_wrong {
        let out = if colour(true) { help::drawn(&drawn) } else { plain };
        return match meant_host(arguments) {
            // A script would read exit code 0 as GO.
            Some(host) => UsageReply {
                out,
                err: format!(
                    "error: -h is help\n  psql's -h is --host here, for example: oneroof {} --host {}\n\nnext: {}\n",
                    verb(arguments).as_deref().unwrap_or("preflight"),
                    shown(arguments, &host, 80),
                    next::with_host(arguments, &host)
                ),
                report: None,
                code: ExitCode::Usage,
            },
            None => UsageReply { out, err: String::new(), report: None, code: ExitCode::Done },
        };
    }
    let example = example::example(arguments, &error, packet);
    let text = if colour(false) { drawn } else { plain.clone() };
    let text = match (error.kind(), arguments.iter().find(|word| word.to_str().is_none())) {
        (ErrorKind::InvalidUtf8, Some(word)) => {
            format!(
                "error: '{}' is not UTF-8 text\n\nFor more information, try '--help'.\n",
                match word.to_string_lossy() {
                    text if is_hidden(arguments, &text) => HIDDEN.into(),
                    _ => escaped_bytes(word.as_encoded_bytes()),
                }
            )
        }
        _ => text,
    };
    let err = format!("{}\n\nnext: {next}\n", with_example(&text, is_bare, error.kind(), &example).trim_end());
    let report = (raw_option(arguments, "--format") == Some("json")).then(|| {
        let first = plain.lines().take_while(|line| !line.is_empty()).map(str::trim).collect::<Vec<_>>().join(" ");
        let mut report = Report::new(verb(arguments).as_deref().unwrap_or("oneroof"));
        let message = first.strip_prefix("error: ").unwrap_or(&first).to_owned();
        report.fail(&Error::Usage { message, hint: format!("An example that works: {example}") });
        report.next = Some(next);
        report
    });
    UsageReply { out: String::new(), err, report, code: ExitCode::Usage }
}

/// A word in the form in which it is shown: escaped, or hidden.
fn shown<'word>(arguments: &[OsString], word: &'word str, limit: usize) -> Cow<'word, str> {
    if is_hidden(arguments, word) { HIDDEN.into() } else { escaped_within(word, limit) }
}

/// Whether a word may be a password or contain one.
fn is_hidden(arguments: &[OsString], word: &str) -> bool {
    // These two options take no value here, but in other programs they do.
    let asks_for_password = |option: &OsString| {
        let option = option.to_string_lossy();
        option == "--password" || (option.starts_with('-') && !option.starts_with("--") && option.ends_with('W'))
    };
    let follows_it = |pair: &[OsString]| asks_for_password(&pair[0]) && pair[1].to_str() == Some(word);
    may_hold_one(word) || word.contains("://") || arguments.windows(2).any(follows_it)
}

/// Escapes the words that were typed, so that they cannot control the terminal. A word that may contain a password is not shown.
fn escape(error: &mut clap::Error, arguments: &[OsString]) {
    let has_value_too_many = error.kind() == ErrorKind::TooManyValues;
    // If an option takes no value but got one, only the option's name is shown. The value may be a password.
    let hides = |kind: ContextKind, text: &String| {
        has_value_too_many && kind == ContextKind::InvalidValue || is_hidden(arguments, text)
    };
    let typed = error.context().filter(|(kind, _)| {
        matches!(kind, ContextKind::InvalidArg | ContextKind::InvalidValue | ContextKind::InvalidSubcommand)
    });
    if typed.into_iter().any(|(kind, value)| matches!(value, ContextValue::String(text) if hides(kind, text))) {
        // The suggestion repeats the word.
        error.remove(ContextKind::Suggested);
    }
    let shown = |kind: ContextKind, text: &String| match hides(kind, text) {
        true if text.starts_with("--password") => text.clone(),
        true => HIDDEN.to_owned(),
        false => escaped_within(text, 120).into_owned(),
    };
    let changed: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(shown(kind, text)))),
            ContextValue::Strings(texts) => {
                let shown = texts.iter().map(|text| shown(kind, text)).collect();
                Some((kind, ContextValue::Strings(shown)))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in changed {
        error.insert(kind, value);
    }
}

fn with_example(text: &str, is_bare: bool, kind: ErrorKind, example: &str) -> String {
    if is_bare || kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return text.to_owned();
    }
    let line = format!("\n\n  example: {example}\n");
    // On a terminal the word Usage begins with a colour code.
    let anchors = ["\n\nUsage:", "\n\nFor more information", "\n\n\u{1b}"];
    match anchors.into_iter().filter_map(|anchor| text.find(anchor)).min() {
        Some(at) => format!("{}{}{}", &text[..at], line.trim_end(), &text[at..]),
        None => format!("{}{line}", text.trim_end()),
    }
}

/// The command that was meant: the first word that is the name of a command.
fn verb(arguments: &[OsString]) -> Option<String> {
    let command = Cli::command();
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    words.find(|word| command.get_subcommands().any(|verb| verb.get_name() == *word)).map(str::to_owned)
}

/// The host, if the person wrote `-h db.example.org` as for psql.
fn meant_host(arguments: &[OsString]) -> Option<String> {
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    let at = words.iter().position(|word| word.starts_with("-h") && !word.starts_with("--"))?;
    let glued = words[at][2..].trim_start_matches('=');
    if !glued.is_empty() {
        return Some(glued.to_owned());
    }
    let next = words.get(at + 1).filter(|word| !word.is_empty() && !word.starts_with('-'))?;
    let names: Vec<OsString> = vec![OsString::new(), OsString::from(next)];
    if verb(&names).is_some() || *next == "help" { None } else { Some((*next).to_owned()) }
}
