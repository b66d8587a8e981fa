//! `oneroof label alignment`: compares the label rules with the live labels, for the people who run the application.

use crate::cli::{Label, LabelAction};
use crate::error::Error;
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::report::{Answer, TableAnswer};
use crate::run::{Context, read};

/// Shows where labels, rules and review agree.
pub(super) async fn run(context: &mut Context<'_>, args: &Label) -> Result<(), Error> {
    let LabelAction::Alignment = args.action;
    let asked = read(context, "waiting for the database", Settings::default(), async |context, opened| {
        questions(&opened.session, context.release, &[], &["alignment"]).await
    });
    let asked = asked.await?;
    context.report.server_facts = Some(asked.server_facts);
    context.report.result = Some(Answer::Tables(TableAnswer::all(asked.rows("alignment"))));
    Ok(())
}
