//! The release report as a document: which facts it shows, and in which order. Before a release the report is for the people who approve.
//! After a release it is for the auditor.

use super::facts::{Facts, Locked, Stage};
use super::people::{instant, ran, record, rule, signers};
use super::run::range;
use crate::report::{Document, cells};

/// Formats a time in milliseconds. From one second on it is shown in seconds.
fn seconds(milliseconds: f64) -> String {
    if milliseconds < 1_000.0 { format!("{milliseconds:.0} ms") } else { format!("{:.1} s", milliseconds / 1_000.0) }
}

/// Makes the document.
pub(super) fn document(facts: &Facts<'_>) -> Document {
    let kind = match facts.stage {
        Stage::Before => "Release report, before the release",
        Stage::After => "Release report, after the release",
    };
    let mut document = Document::new(facts.title, kind, facts.verdict, &facts.reason);
    let page = &mut document;
    page.paragraph(
        "This report shows what the evidence files hold. It did not read the database; oneroof status does.",
    );
    match facts.stage {
        Stage::Before => before(page, facts),
        Stage::After => after(page, facts),
    }
    document
}

/// The report for the people who approve: what, where, who is blocked, how to roll back, and where to sign.
fn before(page: &mut Document, facts: &Facts<'_>) {
    approved(page, facts);
    reviews(page, facts);
    target(page, facts);
    gate(page, facts);
    next(page, facts);
    rehearsal(page, facts);
    timeline(page, facts);
    locks(page, facts);
    way_back(page, facts);
    page.heading("Approval rule in force");
    rule(page, facts);
    page.heading("Approved by");
    signers(page, facts);
    proofs(page, facts);
    remaining(page, facts);
    ran(page, facts);
    record(page, facts);
    page.heading("Signatures");
    page.pairs(&[("text of a signature that is bound to this release", &facts.approval.signature_text)]);
    signatures(page, facts);
}

/// A line to sign for each signature that a level must give.
pub(super) fn signatures(page: &mut Document, facts: &Facts<'_>) {
    let levels = facts.approval.levels.iter();
    let rows = levels.flat_map(|(level, count)| (0..*count).map(move |_| level.clone())).map(blank);
    page.signatures("Who approves", &["level", "name", "role", "date", "signature"], rows.collect());
}

pub(super) fn rehearsal(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Rehearsal");
    match &facts.rehearsal {
        None => page.paragraph("No evidence holds a rehearsal: oneroof apply --dry-run makes one."),
        Some(last) => page.pairs(&[
            ("rehearsed on", &instant(&last.at)),
            ("result", &last.result),
            ("tiers", &range(&last.tiers)),
            ("rows written and rolled back", &last.rows.to_string()),
            ("time", &seconds(last.milliseconds)),
        ]),
    }
}

/// The report for the auditor: what ran, who approved it, when it ran, with what result, and what is not proven.
fn after(page: &mut Document, facts: &Facts<'_>) {
    target(page, facts);
    if let Some(run) = &facts.run {
        page.pairs(&[("begun, by the server's clock", &instant(&run.began)), ("to", &instant(&run.ended))]);
    }
    page.heading("What ran is what was approved");
    page.paragraph(
        "The run's release digest is the one below. It covers every file of the release. For each tier, the run also computed the SHA-256 of the file that it sent to the server, from the bytes of its message.",
    );
    digest(page, facts);
    members(page, facts);
    page.heading("Approved by");
    signers(page, facts);
    rule(page, facts);
    ran(page, facts);
    page.heading("Separation of duties");
    page.list(facts.duties.clone(), "Nothing is known.");
    timeline(page, facts);
    locks(page, facts);
    figures(page, facts);
    gate(page, facts);
    proofs(page, facts);
    remaining(page, facts);
    next(page, facts);
    way_back(page, facts);
    reviews(page, facts);
    record(page, facts);
    page.heading("Received by");
    page.signatures(
        "Who received this report",
        &["for", "name", "role", "date", "signature"],
        vec![blank("audit".to_owned())],
    );
}

pub(super) fn members(page: &mut Document, facts: &Facts<'_>) {
    let members = facts.release.members.iter();
    let rows = members.map(|one| {
        let sent = match one.sent {
            None => "none recorded",
            Some(sent) if sent == one.sha256 => "the same",
            Some(other) => other,
        };
        cells(&[&one.tier.to_string(), &one.path, &one.sha256, sent, one.ran])
    });
    page.table(
        "The files of the tiers",
        &["tier", "file", "SHA-256 as approved", "SHA-256 as sent", "in the run"],
        rows.collect(),
    );
}

fn blank(first: String) -> Vec<String> {
    let mut cells = vec![String::new(); 5];
    cells[0] = first;
    cells
}

fn approved(page: &mut Document, facts: &Facts<'_>) {
    page.heading("What you approve");
    digest(page, facts);
    for command in &facts.release.check_with {
        page.command(command);
    }
    page.heading("What it does");
    effect(page, facts);
}

pub(super) fn effect(page: &mut Document, facts: &Facts<'_>) {
    let effect = &facts.effect;
    let existing = match effect.existing_rows {
        0 => "No existing row changes.".to_owned(),
        1 => "1 existing row changes.".to_owned(),
        rows => format!("{rows} existing rows change."),
    };
    let shapes = if effect.alters.is_empty() {
        "No existing relation changes its shape.".to_owned()
    } else {
        let names: Vec<&str> = effect.alters.iter().copied().collect();
        format!("The shape of {} changes.", names.join(", "))
    };
    let tables = if effect.tables == 1 { "table" } else { "tables" };
    page.paragraph(format!(
        "{} new objects, {} new rows in {} {tables}. {existing} {shapes}",
        effect.objects, effect.rows, effect.tables
    ));
}

pub(super) fn digest(page: &mut Document, facts: &Facts<'_>) {
    let release = &facts.release;
    let bound = match facts.approval.bound {
        None => "no approval was read yet",
        Some(true) => "yes: a signature names this digest",
        Some(false) => "NOT bound to the release digest: no signature names it",
    };
    page.pairs(&[
        ("release", release.name),
        ("release digest", &release.digest),
        ("packet signed by", release.signed_by.unwrap_or_default()),
        ("files that it covers", &release.files.to_string()),
        ("bound", bound),
        ("engine's own queries", release.engine),
        ("report made by", release.program),
    ]);
}

pub(super) fn reviews(page: &mut Document, facts: &Facts<'_>) {
    for review in &facts.reviews {
        page.heading(&review.title);
        page.review(review);
    }
}

pub(super) fn target(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Target");
    let Some(target) = &facts.target else {
        page.paragraph("No run reached a database.");
        return;
    };
    page.pairs(&[
        ("database", target.database),
        ("server", target.host),
        ("version", &target.server),
        ("role", target.role),
        ("cluster name", target.cluster.unwrap_or_default()),
        ("system identifier", target.system_identifier.unwrap_or_default()),
    ]);
}

fn gate(page: &mut Document, facts: &Facts<'_>) {
    gate_table(page, facts);
    if facts.stage == Stage::Before || !facts.blocked.is_empty() {
        blocked(page, facts);
    }
}

pub(super) fn gate_table(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Gate table");
    let rows = facts.gate.iter().map(|row| cells(&[&row.check, &row.state, row.go]));
    page.table("What must hold, as the run found it", &["check", "state", "GO?"], rows.collect());
}

pub(super) fn blocked(page: &mut Document, facts: &Facts<'_>) {
    page.heading("What is blocked");
    page.list(facts.blocked.clone(), "The run that the verdict rests on names nothing that blocks.");
}

pub(super) fn next(page: &mut Document, facts: &Facts<'_>) {
    page.heading("The next command");
    page.command(&facts.next);
    if let Some(command) = &facts.after_gate {
        page.paragraph("After the gate has been opened, by people:");
        page.command(command);
    }
}

pub(super) fn timeline(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Tiers of the run");
    if facts.timeline.is_empty() {
        page.paragraph("No tier was begun.");
        return;
    }
    let rows = facts.timeline.iter().map(|tier| {
        let waited = match tier.waited_ms {
            0 => "no".to_owned(),
            #[expect(clippy::cast_precision_loss, reason = "shown to a tenth of a second")]
            waited => seconds(waited as f64),
        };
        cells(&[
            &format!("{} {}", tier.tier, tier.name),
            tier.outcome,
            &tier.at.map(instant).unwrap_or_default(),
            tier.xid.unwrap_or_default(),
            tier.xid_status,
            &tier.rows.join(", "),
            &waited,
            &tier.duration_ms.map(seconds).unwrap_or_default(),
        ])
    });
    page.table(
        "In order, by the server's clock; \"waited\" is time spent waiting for locks",
        &["tier", "outcome", "at", "xid", "its status", "rows", "waited", "time"],
        rows.collect(),
    );
}

pub(super) fn locks(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Who is blocked, and for how long");
    if facts.locks.is_empty() {
        page.paragraph("Not measured: no tier of this run got that far.");
        return;
    }
    let rows = facts.locks.iter().map(|lock| {
        let modes: Vec<&str> = lock.modes.iter().map(|mode| mode.trim_end_matches("Lock")).collect();
        cells(&[&range(&lock.tiers), &relations(lock), &modes.join(", "), lock.blocks])
    });
    page.table(
        "Locks that are held until the end of the tier, so at most for its time",
        &["in tiers", "relation", "locks", "blocks"],
        rows.collect(),
    );
}

/// The names of the relations. Five or more relations that the release creates are shown as a number, because nobody else knows their names
/// yet.
fn relations(lock: &Locked<'_>) -> String {
    match lock.relations.len() {
        many @ 5.. if lock.is_own => format!("{many} relations of the release"),
        _ => lock.relations.join(", "),
    }
}

pub(super) fn way_back(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Rollback");
    page.command(&facts.way_back.command);
    page.paragraph(facts.way_back.proof.clone());
    page.paragraph(facts.way_back.build);
    let rows = facts
        .way_back
        .tiers
        .iter()
        .map(|rollback| cells(&[&rollback.tier.to_string(), &rollback.file, &rollback.removes]));
    page.table(
        "From the highest tier down, one transaction for each tier",
        &["tier", "file", "removes"],
        rows.collect(),
    );
}

pub(super) fn figures(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Before and after");
    let (same, changed): (Vec<_>, Vec<_>) = facts.figures.iter().partition(|one| one.before == one.after);
    if facts.figures.is_empty() {
        page.paragraph("Not counted: the run took no two fingerprints.");
        return;
    }
    let rows = changed.iter().map(|one| cells(&[&one.name, &one.before, &one.after]));
    page.table("Figures that the run changed", &["figure", "before", "after"], rows.collect());
    let same: Vec<String> = same.iter().map(|one| format!("{} {}", one.name, one.after)).collect();
    page.paragraph(format!("The same number before and after: {}.", same.join(", ")));
}

fn proofs(page: &mut Document, facts: &Facts<'_>) {
    exceptions(page, facts);
    fingerprints(page, facts);
    proven(page, facts);
}

pub(super) fn exceptions(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Exceptions");
    page.list(facts.exceptions.clone(), "None.");
}

pub(super) fn fingerprints(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Fingerprints");
    let prints = &facts.fingerprints;
    let words = |digest: &Option<String>| {
        digest.clone().unwrap_or_else(|| "not taken: the run did not get that far".to_owned())
    };
    page.table(
        "The database at both ends of the run",
        &["end", "digest"],
        vec![cells(&["entry", &words(&prints.entry)]), cells(&["exit", &words(&prints.exit)])],
    );
    if !prints.scope.is_empty() {
        page.list(prints.differences.clone(), "Entry and exit are equal.");
        page.paragraph("What was compared, and what was not:");
        page.list(prints.scope.clone(), "");
    }
}

pub(super) fn proven(page: &mut Document, facts: &Facts<'_>) {
    page.heading("What is proven, and what is not");
    page.list([facts.proven.as_slice(), &facts.not_proven].concat(), "");
}

pub(super) fn remaining(page: &mut Document, facts: &Facts<'_>) {
    page.heading("What stays NO-GO");
    let remaining = facts.no_go.iter().map(|no_go| format!("{}: {}", no_go.what, no_go.why));
    page.list(remaining.collect(), "Nothing that the release names.");
}
