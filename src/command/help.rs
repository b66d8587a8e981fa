//! The help texts: one screen for the program, one page for each command, and separate pages for the options that every command takes.

use super::help_packet::HelpPacket;
use super::verbs::pages;
use crate::cli::{CONNECTION_VARIABLES, Common, Group, HelpPage, OUTPUT_VARIABLES, all_codes, codes};
use clap::builder::{StyledStr, Styles};
use clap::{Args as _, Command};
use std::ffi::OsString;

/// Help pages that belong to no command, for example `oneroof help connection`.
const TOPICS: [&str; 3] = ["connection", "output", "exit-codes"];

/// Headings of the options that every command takes. Only the help pages of [`TOPICS`] list these options.
const SHARED: [&str; 3] = ["Connection", "Output", "Release"];

/// Headings of the sections below the options.
const TITLES: [&str; 5] = ["Examples", "Exit codes", "Files", "Environment", "More help"];

const CONNECTION_FILES: &str = "  ~/.config/oneroof/oneroof.toml, then ./oneroof.toml   named targets
  ./oneroof.toml is named in the output before it is used, and cannot run a command.";

const EXAMPLES: &str = "  oneroof demo        the whole story on a throwaway PostgreSQL
  oneroof preflight   may the release run here?
  oneroof apply {code_option} {code} --dry-run
  oneroof apply {code_option} {code}
  oneroof rollback --tier 6";

/// The model of the command line with the help texts for this packet.
pub fn with_help(model: Command, packet: &HelpPacket) -> Command {
    let root = hidden(model);
    let template = "{about-with-newline}\n{usage-heading} {usage}{after-help}";
    let (short, long) = (short(packet), long(&root, packet));
    let root =
        pages().iter().fold(root, |root, page| root.mut_subcommand(page.name, |verb| with_page(verb, page, packet)));
    root.help_template(template).after_help(short).after_long_help(long)
}

/// Hides the options that every command takes. They are still read, but the help of a command does not list them.
fn hidden(command: Command) -> Command {
    command.mut_args(|arg| {
        let is_shared = arg.get_help_heading().is_some_and(|heading| SHARED.contains(&heading));
        if is_shared { arg.hide_short_help(true).hide_long_help(true) } else { arg }
    })
}

fn with_page(verb: Command, page: &HelpPage, packet: &HelpPacket) -> Command {
    let last = last_line(page);
    let parts: Vec<String> = verb.get_subcommands().map(|part| part.get_name().to_owned()).collect();
    let verb = parts.iter().fold(verb, |verb, part| verb.mut_subcommand(part, |part| part.after_help(last)));
    verb.after_help(last).after_long_help(StyledStr::from(packet.fill(&taught(page))))
}

/// The line that says where the other options are listed.
fn last_line(page: &HelpPage) -> &'static str {
    if page.reaches {
        "Options of every command: oneroof help connection, oneroof help output"
    } else {
        "Options of every command: oneroof help output"
    }
}

/// The text that follows the options of a command.
fn taught(page: &HelpPage) -> String {
    let mut text = section("Examples", &page.examples.map(|line| format!("  {line}")).join("\n"));
    text.push_str(&section("Exit codes", &codes(page.codes)));
    for (title, lines) in [("Files", page.files), ("Environment", page.environment)] {
        if !lines.is_empty() {
            text.push_str(&section(title, lines));
        }
    }
    text + last_line(page)
}

fn section(title: &str, lines: &str) -> String {
    format!("{title}:\n{lines}\n\n")
}

/// Draws our headings in the style of clap's own headings. This is not possible before clap has wrapped the lines.
pub fn drawn(text: &str) -> String {
    let styles = Styles::styled();
    let style = styles.get_header();
    let is_ours = |title: &str| TITLES.contains(&title) || Group::ALL.iter().any(|group| group.title() == title);
    let line = |line: &str| match line.split_once(':') {
        Some((title, rest)) if is_ours(title) && (rest.is_empty() || rest.starts_with("  ")) => {
            format!("{style}{title}:{style:#}{rest}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// The names of the commands of a group. clap adds the command `help` itself, so it has no page.
fn names(group: Group, packet: &HelpPacket) -> Vec<&'static str> {
    let own = pages().into_iter().filter(|page| page.place.0 == group).map(|page| page.name);
    let own = own.filter(|name| packet.has(name));
    own.chain((group == Group::Other).then_some("help")).collect()
}

/// The screen of `oneroof -h`.
fn short(packet: &HelpPacket) -> StyledStr {
    let mut text = String::new();
    for group in Group::ALL {
        let title = group.title();
        let gap = " ".repeat(24 - title.len() - 1);
        text.push_str(&format!("{title}:{gap}{}\n", names(group, packet).join(" ")));
    }
    text.push('\n');
    text.push_str(&section("Examples", &packet.examples(EXAMPLES)));
    text.push_str("All commands, one line each: oneroof --help. One command: oneroof help apply.\n");
    text.push_str("Options of every command: oneroof help connection, oneroof help output");
    StyledStr::from(text)
}

/// The screen of `oneroof --help`, with one line for each command.
fn long(root: &Command, packet: &HelpPacket) -> StyledStr {
    let about = |name: &str| {
        let verb = root.get_subcommands().find(|verb| verb.get_name() == name);
        verb.and_then(Command::get_about).map_or("Print the help of a command".to_owned(), ToString::to_string)
    };
    let mut text = String::new();
    for group in Group::ALL {
        text.push_str(&format!("{}:\n", group.title()));
        text.extend(
            names(group, packet).iter().map(|verb| format!("  {verb:<11}  {}\n", about(verb).trim_end_matches('.'))),
        );
    }
    text.push_str("More help:");
    text.push_str("\n  oneroof help apply        one command: options, examples, exit codes, files");
    text.push_str("\n  oneroof help connection   how to reach the database: options of every command");
    text.push_str("\n  oneroof help output       format, colour, packet: options of every command");
    text.push_str("\n  oneroof help exit-codes   what each exit code means");
    text.push_str("\n  oneroof man apply         the manual page of a command");
    text.push_str("\n  oneroof --version         the version");
    StyledStr::from(text)
}

/// The page for `oneroof help TOPIC`. `None` if the command line does not end with these words.
pub fn topic(arguments: &[OsString]) -> Option<StyledStr> {
    let [.., help, topic] = arguments else { return None };
    let topic = topic.to_str().filter(|topic| help == "help" && TOPICS.contains(topic))?;
    Some(match topic {
        "connection" => options(
            &["Connection"],
            "How to reach the database. Give these options before or after the command.",
            &[("Environment", CONNECTION_VARIABLES), ("Files", CONNECTION_FILES)],
            &["oneroof status -d app --host db.example.org -U release", "oneroof target --profile production"],
        ),
        "output" => options(
            &["Output", "Release"],
            "What is printed, and which packet is used. Give these options before or after the command.",
            &[("Environment", OUTPUT_VARIABLES), ("Files", HelpPage::POLICY)],
            &["oneroof plan --format json", "oneroof preflight -v --color never"],
        ),
        _ => StyledStr::from(format!("Exit codes:\n{}\n", all_codes())),
    })
}

/// A help page with the options under the given headings.
fn options(headings: &[&str], about: &'static str, sections: &[(&str, &str)], examples: &[&str; 2]) -> StyledStr {
    let mut after = section("Examples", &examples.map(|line| format!("  {line}")).join("\n"));
    after.extend(sections.iter().map(|(title, lines)| section(title, lines)));
    let command = Common::augment_args(Command::new("oneroof"))
        .mut_args(|arg| {
            let is_wanted = arg.get_help_heading().is_some_and(|heading| headings.contains(&heading));
            arg.hide(!is_wanted)
        })
        .disable_help_flag(true)
        .disable_version_flag(true)
        .max_term_width(100)
        .about(about)
        .help_template("{about-with-newline}\n{all-args}{after-help}")
        .after_help(StyledStr::from(after.trim_end().to_owned()));
    let mut command = command;
    command.render_help()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Cli;
    use clap::CommandFactory as _;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_has_its_page_and_its_place() {
        let root = Cli::command();
        let mut verbs: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
        verbs.sort_unstable();
        let pages = pages();
        let mut named: Vec<&str> = pages.iter().map(|page| page.name).collect();
        named.sort_unstable();
        assert_eq!(named, verbs);
        let places: BTreeSet<(Group, u8)> = pages.iter().map(|page| page.place).collect();
        assert_eq!(places.len(), pages.len(), "two commands have the same place");
    }

    #[test]
    fn every_option_of_all_commands_is_on_a_page_of_help() {
        let pages: String = TOPICS
            .map(|topic_name| {
                let line = ["oneroof", "help", topic_name].map(OsString::from);
                topic(&line).unwrap().to_string()
            })
            .concat();
        // clap adds the options of every command to each command only when it builds the model.
        let mut built = with_help(Cli::command(), &HelpPacket::default());
        built.build();
        for arg in Common::augment_args(Command::new("oneroof")).get_arguments() {
            let long = format!("--{}", arg.get_long().unwrap());
            assert!(pages.contains(&long), "{long}");
            let plan = built.find_subcommand_mut("plan").unwrap().render_long_help().to_string();
            let listed = plan.split("Examples:").next().unwrap();
            assert!(listed.contains("--help") && !listed.contains(&format!("{long} ")), "{long}");
        }
    }

    #[test]
    fn a_topic_is_meant_only_behind_help() {
        for line in [&["oneroof", "connection"][..], &["oneroof", "help"], &["oneroof", "help", "apply"], &["help"]] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(topic(&line).is_none(), "{line:?}");
        }
    }
}
