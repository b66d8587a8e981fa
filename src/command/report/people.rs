//! The parts of the release report that are about people and papers: who may approve, who approved, who ran the release, and which files
//! prove it.

use super::facts::{Facts, Ran, Stage};
use super::run::range;
use crate::evidence::How;
use crate::report::{Document, cells};

/// A time to the second, in UTC.
pub(super) fn instant(time: &str) -> String {
    let parsed = time.parse::<jiff::Timestamp>();
    parsed.map_or_else(|_| time.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

pub(super) fn rule(page: &mut Document, facts: &Facts<'_>) {
    let host = format!("Policy of the host: {}.", facts.approval.host_policy);
    page.list([facts.approval.rule.as_slice(), &[host]].concat(), "");
}

pub(super) fn signers(page: &mut Document, facts: &Facts<'_>) {
    let approval = &facts.approval;
    page.pairs(&[("approval code given", approval.code.as_deref().unwrap_or_default())]);
    if approval.rows.is_empty() {
        page.paragraph("No transaction of a tier read an approval in this run.");
        return;
    }
    let rows = approval
        .rows
        .iter()
        .map(|row| cells(&[row.level, row.who, row.at, row.signature, row.code, &range(&row.tiers)]));
    page.table(
        "Approvals, as the tiers read them in their own transactions",
        &["level", "approved by", "at", "signature", "code", "read by tiers"],
        rows.collect(),
    );
}

pub(super) fn ran(page: &mut Document, facts: &Facts<'_>) {
    page.heading(if facts.stage == Stage::After { "Run by" } else { "The run that the verdict rests on" });
    let Some(run) = &facts.run else {
        page.paragraph("There is no run.");
        return;
    };
    people(page, run);
}

fn people(page: &mut Document, run: &Ran<'_>) {
    let operator = run.operator;
    let named = |uid: u32, name: &Option<String>| match name {
        Some(name) => format!("{name} (uid {uid})"),
        None => format!("uid {uid}"),
    };
    let confirmed = run.confirmed.map(|confirmed| {
        let how = match confirmed.how {
            How::Typed => "typed at the terminal",
            How::ByName => "by --confirm",
            How::ByYes => "by --yes",
            How::NotNeeded => "not needed: nothing that remains was to be written",
        };
        let words = confirmed.words.as_deref().map(|words| format!(": {words}")).unwrap_or_default();
        format!("{how}{words}, {}", instant(&confirmed.at))
    });
    let session = run.session;
    let roles = session.map(|session| format!("{} as {}", session.session_user, session.current_user));
    let claimed: Vec<String> = operator.claimed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let client = run.client.map(|client| {
        let facts = [&client.address, &client.tls, &client.certificate, &client.principal, &client.authenticated];
        facts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    });
    let client = client.filter(|client| !client.is_empty());
    page.pairs(&[
        ("command", run.command),
        ("account, by the kernel", &named(operator.uid, &operator.account)),
        ("logged in as", &operator.login_uid.map(|uid| named(uid, &operator.login_account)).unwrap_or_default()),
        ("terminal", operator.terminal.as_deref().unwrap_or_default()),
        ("machine", &operator.host),
        ("login and role, by the server", &roles.unwrap_or_default()),
        ("client, by the server", client.as_deref().unwrap_or("unix socket")),
        ("claimed, not proven", &claimed.join(", ")),
        ("confirmed", confirmed.as_deref().unwrap_or("by nobody")),
        ("backup reference", run.backup_ref.unwrap_or("none was named")),
        ("program", run.program),
        ("SHA-256 of the program", run.binary.unwrap_or_default()),
        ("its engine's queries", run.engine),
    ]);
}

pub(super) fn record(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Record");
    page.paragraph(facts.database.clone());
    let rows: Vec<Vec<String>> = facts
        .evidence
        .iter()
        .map(|file| {
            let whole = if file.complete { "complete" } else { "NOT COMPLETE" };
            cells(&[
                file.path,
                &instant(&file.begun),
                &instant(file.written),
                &file.target,
                &format!("{}, {whole}", file.ended),
            ])
        })
        .collect();
    if rows.is_empty() {
        page.paragraph("No evidence file is used.");
    } else {
        page.table("Evidence, newest first", &["file", "begun", "written", "target", "ended"], rows);
        let sums = facts
            .evidence
            .iter()
            .flat_map(|file| [cells(&[file.path, file.sha256]), cells(&[file.log, file.log_sha256])]);
        page.table(
            "SHA-256 of each file; that of a log covers the length that its evidence names",
            &["file", "SHA-256"],
            sums.collect(),
        );
    }
    let not_used = facts.not_used.iter().map(|file| format!("{} is not used: {}", file.path, file.why));
    page.list(not_used.collect(), "No file was left out.");
}
