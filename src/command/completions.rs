//! `oneroof completions`: writes a completion script. It is made from the same model of the command line as the help texts.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::release::Release;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;
use clap::Args;
use clap::builder::PossibleValuesParser;

/// Write a completion script for a shell.
///
/// The script goes to standard output. It completes the packet's files and tiers as well.
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

impl Command for CompletionsArgs {
    const PAGE: HelpPage = HelpPage {
        name: "completions",
        place: (Group::Other, 1),
        examples: ["oneroof completions bash > oneroof.bash", "oneroof completions zsh > _oneroof"],
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self)
    }
}

/// Writes a completion script, which also knows the files and tiers of the packet.
fn run(context: &mut Context<'_>, args: &CompletionsArgs) -> Result<(), Error> {
    let (shell, mut bytes) = (args.shell, Vec::new());
    clap_complete::generate(shell, &mut with_values((context.line.model)(), context.release), "oneroof", &mut bytes);
    answer(context, &format!("oneroof.{shell}"), bytes)
}

/// Adds the values that only a packet can name. clap needs words with a static lifetime, so the words are leaked. The program ends after
/// this command.
fn with_values(command: clap::Command, release: &Release) -> clap::Command {
    let kept = |word: String| -> &'static str { word.leak() };
    let files: Vec<&str> = super::sql::listed(release).into_iter().map(|file| kept(file.path)).collect();
    let tiers: Vec<&str> = release.descriptor.tiers.iter().map(|tier| kept(tier.number.to_string())).collect();
    let tier = |command: clap::Command, name: &str| {
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

/// Puts a text that was made into the report.
pub(super) fn answer(context: &mut Context<'_>, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
    let text = String::from_utf8(bytes).map_err(|error| Error::Internal(error.to_string()))?;
    context.report.result = Some(Answer::Sql(SqlAnswer { path: name.to_owned(), text }));
    Ok(())
}
