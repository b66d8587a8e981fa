//! `oneroof completions` and `oneroof man`. Both are made from the same model of the command line as the help texts.

use crate::cli::{Cli, help, pages};
use crate::error::Error;
use crate::release::Release;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;
use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

/// Writes a completion script, which also knows the files and tiers of the packet.
pub(super) fn completions(context: &mut Context<'_>, shell: clap_complete::Shell) -> Result<(), Error> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut with_values(Cli::command(), context.release), "oneroof", &mut bytes);
    answer(context, &format!("oneroof.{shell}"), bytes)
}

/// Adds the values that only a packet can name. clap needs words with a static lifetime, so the words are leaked. The program ends after
/// this command.
fn with_values(command: Command, release: &Release) -> Command {
    let kept = |word: String| -> &'static str { word.leak() };
    let files: Vec<&str> = super::sql::listed(release).into_iter().map(|file| kept(file.path)).collect();
    let tiers: Vec<&str> = release.descriptor.tiers.iter().map(|tier| kept(tier.number.to_string())).collect();
    let tier = |command: Command, name: &str| {
        command.mut_arg(name, |arg| arg.value_parser(PossibleValuesParser::new(tiers.clone())))
    };
    command
        .mut_subcommand("rollback", |rollback| tier(tier(rollback, "tier"), "to"))
        .mut_subcommand("packet", |packet| packet.mut_subcommand("show", |show| tier(show, "tier")))
        .mut_subcommand("sql", |sql| {
            let files = PossibleValuesParser::new(files.clone());
            sql.mut_subcommand("show", |show| show.mut_arg("file", |arg| arg.value_parser(files)))
        })
}

/// Writes a manual page, in roff, for the program or for one command.
pub(super) fn man(context: &mut Context<'_>, verb: Option<&str>) -> Result<(), Error> {
    let mut bytes = Vec::new();
    let name = verb.map_or("oneroof".to_owned(), |verb| format!("oneroof-{verb}"));
    page(verb, &name, &mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
    answer(context, &format!("{name}.1"), bytes)
}

fn page(verb: Option<&str>, name: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    let root = Cli::command();
    let found = verb.and_then(|verb| root.find_subcommand(verb)).cloned();
    let is_verb = found.is_some();
    let command = match found {
        Some(verb) => verb.version(env!("CARGO_PKG_VERSION")).bin_name(name.replacen('-', " ", 1)).display_name(name),
        None => root,
    };
    let has_parts = command.has_subcommands();
    let man = Man::new(command).title(name).source(concat!("oneroof ", env!("CARGO_PKG_VERSION")));
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if has_parts {
        man.render_subcommands_section(out)?;
    }
    let page = pages::PAGES.iter().find(|page| Some(page.verb) == verb).filter(|_| is_verb);
    let variables = |own: &str, reaches: bool| {
        let of_connection = if reaches { help::CONNECTION_VARIABLES } else { "" };
        [own, of_connection, help::OUTPUT_VARIABLES]
            .into_iter()
            .filter(|lines| !lines.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let see = |reaches: bool| {
        if reaches {
            "  oneroof(1), oneroof help connection, oneroof help output"
        } else {
            "  oneroof(1), oneroof help output"
        }
    };
    match page {
        Some(page) => {
            section(out, "EXAMPLES", &page.examples.map(|line| format!("  {line}")).join("\n"));
            section(out, "EXIT STATUS", &help::codes(page.codes));
            section(out, "FILES", page.files);
            section(out, "ENVIRONMENT", &variables(page.environment, page.reaches));
            section(out, "SEE ALSO", see(page.reaches));
        }
        None => {
            section(out, "EXIT STATUS", &help::all_codes());
            section(out, "ENVIRONMENT", &variables("", true));
            section(out, "SEE ALSO", "  oneroof help connection, oneroof help output, psql(1)");
        }
    }
    Ok(())
}

/// Writes a section whose lines are not reflowed.
fn section(out: &mut Vec<u8>, title: &str, lines: &str) {
    if lines.is_empty() {
        return;
    }
    let line = |line: &str| format!("{}\n", line.replace('\\', "\\e").replace('-', "\\-"));
    let lines: String = lines.lines().map(line).collect();
    out.extend(format!(".SH \"{title}\"\n.nf\n{lines}.fi\n").into_bytes());
}

fn answer(context: &mut Context<'_>, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
    let text = String::from_utf8(bytes).map_err(|error| Error::Internal(error.to_string()))?;
    context.report.result = Some(Answer::Sql(SqlAnswer { path: name.to_owned(), text }));
    Ok(())
}
