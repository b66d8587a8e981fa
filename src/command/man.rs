//! `oneroof man`: writes a manual page. It is made from the same model of the command line as the help texts.

use super::completions::answer;
use super::verb::Command;
use crate::cli::{CONNECTION_VARIABLES, ExampleCode, Group, HelpPage, OUTPUT_VARIABLES, all_codes, codes};
use crate::error::Error;
use crate::run::{CommandLine, Context};
use clap::Args;
use clap_mangen::Man;

/// Write a manual page.
///
/// The page of the program, or of one command, goes to standard output.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The command; without it, the page of the program.
    pub command: Option<String>,
}

impl Command for ManArgs {
    const PAGE: HelpPage = HelpPage {
        name: "man",
        place: (Group::Other, 2),
        examples: ["oneroof man | man -l -", "oneroof man apply > oneroof-apply.1"],
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self)
    }
}

/// Writes a manual page, in roff, for the program or for one command.
fn run(context: &mut Context<'_>, args: &ManArgs) -> Result<(), Error> {
    let verb = args.command.as_deref();
    let mut bytes = Vec::new();
    let name = verb.map_or("oneroof".to_owned(), |verb| format!("oneroof-{verb}"));
    page(&context.line, &ExampleCode::of(context.release), verb, &name, &mut bytes)
        .map_err(|error| Error::Internal(error.to_string()))?;
    answer(context, &format!("{name}.1"), bytes)
}

fn page(
    line: &CommandLine,
    code: &ExampleCode,
    verb: Option<&str>,
    name: &str,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    let root = (line.model)();
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
    let page = (line.pages)().into_iter().find(|page| Some(page.name) == verb).filter(|_| is_verb);
    let variables = |own: &str, reaches: bool| {
        let of_connection = if reaches { CONNECTION_VARIABLES } else { "" };
        [own, of_connection, OUTPUT_VARIABLES]
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
            section(out, "EXAMPLES", &page.examples.map(|line| format!("  {}", code.fill(line))).join("\n"));
            section(out, "EXIT STATUS", &codes(page.codes));
            section(out, "FILES", page.files);
            section(out, "ENVIRONMENT", &variables(page.environment, page.reaches));
            section(out, "SEE ALSO", see(page.reaches));
        }
        None => {
            section(out, "EXIT STATUS", &all_codes());
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
