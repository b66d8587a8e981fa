//! Gathers the facts of the release report from the packet and the evidence. Every sentence says what the evidence shows, and when. No
//! sentence is about the current state of the database.

use super::facts::{
    ApprovalFacts, Approved, CloneFacts, EffectFacts, EvidenceFile, Facts, Figure, Fingerprints, GateRow, NotUsed,
    SCHEMA, Stage, TargetFacts, TierFile,
};
use super::judge::judge;
use super::run::{FoundEvidence, RunEvidence};
use super::sources::{Sources, apply, packet_option, words};
use super::{proof, tiers};
use crate::check::{Check, Phase};
use crate::fingerprint::Fingerprint;
use crate::pg::questions;
use crate::policy::{Policy, is_of_policy};
use crate::release::{Delta, Release};
use std::collections::BTreeSet;

/// Gathers the whole report.
pub(super) fn facts<'a>(release: &'a Release, found: &'a FoundEvidence, policy: &Policy) -> Facts<'a> {
    let sources = Sources { release, found, verdict: judge(release, found) };
    let run = sources.verdict.run;
    let header = &release.descriptor.release;
    let packet = packet_option(release);
    Facts {
        schema: SCHEMA,
        stage: sources.stage(),
        title: &header.title,
        verdict: sources.verdict.word,
        reason: sources.verdict.reason.clone(),
        next: sources.next() + &packet,
        after_gate: run.filter(|run| run.report().exit_code == 3).map(|_| apply(release, None) + &packet),
        verify: format!("oneroof verify{packet}"),
        release: approved(&sources),
        effect: effect(release),
        reviews: release.descriptor.reviews.iter().map(Into::into).collect(),
        target: run.and_then(target),
        gate: gate_table(&sources),
        blocked: blocked(&sources),
        approval: approval(&sources, policy),
        rehearsal: tiers::rehearsal(&sources),
        run: run.map(proof::ran),
        duties: run.map(proof::duties).unwrap_or_default(),
        timeline: run.map(tiers::timeline).unwrap_or_default(),
        locks: run.map(|run| tiers::locks(run, release)).unwrap_or_default(),
        way_back: proof::way_back(&sources),
        figures: run.map(figures).unwrap_or_default(),
        fingerprints: run.map(fingerprints).unwrap_or_default(),
        exceptions: proof::exceptions(&sources),
        proven: run.map(proof::proven).unwrap_or_default(),
        not_proven: proof::not_proven(&sources),
        no_go: &release.descriptor.no_go,
        has_clones: header.clone_database.is_some(),
        clones: found.clones.iter().rev().map(clone).collect(),
        database: database(found),
        evidence: found.runs.iter().rev().map(evidence).collect(),
        not_used: found.rejected.iter().map(|file| NotUsed { path: &file.path, why: &file.why }).collect(),
    }
}

fn approved<'a>(sources: &Sources<'a>) -> Approved<'a> {
    let release = sources.release;
    let ran = |tier: u8| sources.verdict.run?.report().tiers.iter().find(|ran| ran.number == tier);
    let is_rollback = sources.verdict.run.is_some_and(|run| run.report().command == "rollback");
    let members = release.descriptor.tiers.iter().map(|tier| {
        let path = format!("sql/{}", if is_rollback { &tier.rollback } else { &tier.file });
        let digest = release
            .manifest
            .entries()
            .iter()
            .find(|(name, _)| *name == path)
            .map(|(_, digest)| digest.to_string())
            .unwrap_or_default();
        let ran = ran(tier.number);
        let sent = ran.and_then(|ran| ran.sent.as_ref()).map(|sent| sent.sha256.as_str());
        TierFile {
            tier: tier.number,
            path,
            sha256: digest,
            sent,
            ran: ran.map_or("not run", |ran| tiers::outcome(ran.outcome)),
        }
    });
    let name = &release.descriptor.release.name;
    Approved {
        name,
        digest: release.digest_text(),
        signed_by: sources.verdict.run.and_then(|run| run.report().release.signed_by.as_deref()),
        check_with: [
            format!("oneroof sql export packet{}", packet_option(release)),
            format!("cd packet && sha256sum {name}.packet && sha256sum --check --quiet manifest-sha256.txt"),
        ],
        files: release.manifest.entries().len(),
        engine: questions::BUILT,
        program: concat!("oneroof ", env!("CARGO_PKG_VERSION")),
        members: members.collect(),
    }
}

fn effect(release: &Release) -> EffectFacts<'_> {
    let page = &release.descriptor;
    let deltas = || page.tiers.iter().flat_map(|tier| &tier.deltas);
    let sum = |of: fn(&Delta) -> i64| deltas().map(|(_, delta)| of(delta)).sum();
    EffectFacts {
        objects: page.packet.keys().len(),
        rows: sum(|delta| delta.inserted),
        tables: deltas().map(|(table, _)| table).collect::<BTreeSet<_>>().len(),
        existing_rows: sum(|delta| delta.updated + delta.deleted),
        alters: page
            .tiers
            .iter()
            .flat_map(|tier| tier.alters.iter().chain(&tier.reworks))
            .map(String::as_str)
            .collect(),
    }
}

fn target(run: &RunEvidence) -> Option<TargetFacts<'_>> {
    let target = run.report().target.as_ref()?;
    let session = run.rollout.record.session.as_ref();
    Some(TargetFacts {
        database: &target.database,
        host: &target.host,
        role: &target.user,
        server: format!("PostgreSQL {}", target.server_version),
        cluster: session.map(|session| session.cluster_name.as_str()).filter(|name| !name.is_empty()),
        system_identifier: session.map(|session| session.system_identifier.as_str()),
    })
}

fn approval<'a>(sources: &Sources<'a>, policy: &Policy) -> ApprovalFacts<'a> {
    let gate = &sources.release.descriptor.gate;
    let run = sources.verdict.run;
    let rows = run.map(tiers::signed).unwrap_or_default();
    let signature_text = format!("release:{}", sources.release.digest_text());
    let is_ours = |text: &str| text.to_lowercase().contains(&signature_text);
    let levels: Vec<String> = gate.levels.iter().map(|(level, count)| format!("{level}: {count} or more")).collect();
    let mut rule = vec![format!("An approval is a row of {} whose code matches {}.", gate.table, gate.apr_pattern)];
    if !levels.is_empty() {
        let fewer = if gate.stops { "stop the release" } else { "are a warning" };
        rule.push(format!("Signatures by level: {}; fewer {fewer}.", levels.join(", ")));
    }
    rule.push(if gate.bound {
        "Only an approval that names the release digest counts.".to_owned()
    } else {
        "An approval need not name the release digest: it is not bound to the bytes.".to_owned()
    });
    if gate.distinct {
        rule.push("Nobody may sign at two levels.".to_owned());
    }
    let mut seen = BTreeSet::new();
    let checks = run.map_or(&[][..], |run| &run.report().checks);
    let of_gate = checks.iter().filter(|check| {
        (check.name.starts_with("gate.") || check.name.starts_with("policy.")) && seen.insert(&check.name)
    });
    rule.extend(of_gate.map(|check| {
        let kind = if check.severity == crate::check::Severity::Warning { "warns" } else { "stops" };
        format!("{}: expected {}; it {kind}.", check.name, check.expected)
    }));
    ApprovalFacts {
        code: sources.code(),
        bound: (!rows.is_empty()).then(|| rows.iter().any(|row| is_ours(row.signature))),
        rows,
        rule,
        host_policy: host_policy(run, policy),
        levels: &gate.levels,
        signature_text,
    }
}

/// The policy of the host as the run recorded it. If no run recorded one, the policy of this machine.
fn host_policy(run: Option<&RunEvidence>, policy: &Policy) -> String {
    let recorded = run.and_then(|run| run.report().approval_rule.as_ref());
    let files = recorded.map_or(&policy.files, |rule| &rule.host);
    let when = if recorded.is_some() { "in the run" } else { "on this machine now; no run recorded one" };
    if files.is_empty() {
        return format!("no host policy, {when}: the packet's own rule is in force");
    }
    let words: Vec<String> = files.iter().map(|file| format!("{} ({})", file.words(), file.sha256)).collect();
    format!("{}, {when}", words.join(" and "))
}

/// The conditions for GO, as found by the run that the verdict rests on.
fn gate_table(sources: &Sources<'_>) -> Vec<GateRow> {
    let descriptor = &sources.release.descriptor;
    let row = |name: &str, (state, go): (String, bool)| GateRow {
        check: name.to_owned(),
        state,
        go: if go { "yes" } else { "no" },
    };
    let Some(run) = sources.verdict.run else {
        return vec![row("everything", ("not checked: there is no evidence".to_owned(), false))];
    };
    let is_gate = |check: &Check| descriptor.gate.checks.contains(&check.name) || is_of_policy(&check.name);
    let target = run.report().target.as_ref().map(|target| target.database.clone());
    let is_target = target.as_deref() == Some(descriptor.release.database.as_str());
    let database = target.unwrap_or_else(|| "none was reached".to_owned());
    let mut rows = vec![
        row("database", (database, is_target)),
        row("manifest", ("the run's release digest is the one of this report".to_owned(), true)),
        row("preflight", counted(run, |check| check.phase == Phase::Preflight && !is_gate(check))),
    ];
    let of_policy = run.report().checks.iter().map(|check| &check.name).filter(|name| is_of_policy(name));
    let of_policy: BTreeSet<&String> = of_policy.collect();
    for name in descriptor.gate.checks.iter().chain(of_policy) {
        let of: Vec<&Check> = run.report().checks.iter().filter(|check| check.name == *name).collect();
        let shown = of.iter().find(|check| !check.ok).or(of.first());
        let state = shown.map_or_else(
            || "not checked".to_owned(),
            |check| format!("expected {}, actual {}", check.expected, check.actual),
        );
        rows.push(row(name, (state, shown.is_some_and(|check| check.ok))));
    }
    rows.push(row("rehearsal", tiers::rehearsed(run)));
    let mut last = vec![
        row("tiers", tiers::committed(run, descriptor.tiers.len())),
        row("verify", counted(run, |check| check.phase == Phase::Verify)),
    ];
    if sources.stage() == Stage::Before {
        for row in &mut last {
            row.go = "not yet";
        }
    }
    rows.append(&mut last);
    rows
}

fn blocked(sources: &Sources<'_>) -> Vec<String> {
    let run = sources.verdict.run;
    let checks = run.map_or(&[][..], |run| &run.report().checks);
    let unmet = checks.iter().filter(|check| check.is_unmet());
    let mut blocked: Vec<String> = unmet
        .map(|check| {
            let hint = check.hint.as_deref().map(|hint| format!(". {hint}")).unwrap_or_default();
            format!("{}{hint}", words(check))
        })
        .collect();
    blocked.extend(run.and_then(|run| run.report().error.as_ref()).map(|error| format!("error: {}", error.message)));
    if run.is_none_or(|run| run.report().exit_code == 3) {
        blocked.push(sources.release.descriptor.gate.human_step.clone());
    }
    blocked
}

/// Figures and row counts that the run found at its beginning and at its end.
fn figures(run: &RunEvidence) -> Vec<Figure> {
    let (Some(entry), Some(exit)) = run.ends() else { return Vec::new() };
    let shown = |value: Option<&Option<String>>| value.cloned().flatten().unwrap_or_else(|| "not there".to_owned());
    let rows = |end: &Fingerprint, table: &str| {
        let rows = end.content.get(table).and_then(|content| content.rows);
        rows.map_or_else(|| "no table".to_owned(), |rows| rows.to_string())
    };
    let figures = exit.figures.keys().map(|name| Figure {
        name: name.clone(),
        before: shown(entry.figures.get(name)),
        after: shown(exit.figures.get(name)),
    });
    let tables = exit.content.keys().map(|table| Figure {
        name: format!("rows of {table}"),
        before: rows(entry, table),
        after: rows(exit, table),
    });
    figures.chain(tables).collect()
}

fn fingerprints(run: &RunEvidence) -> Fingerprints {
    let (entry, exit) = run.ends();
    let digest = |end: Option<&Fingerprint>| end.map(|end| end.digest.clone());
    let (mut differences, mut scope) = (Vec::new(), Vec::new());
    if let (Some(entry), Some(exit)) = (entry, exit) {
        // Differences of numbers are left out, because the report shows them as figures.
        let of_structure = |text: &String| !text.starts_with("figure ") && !text.contains(": was ");
        differences = grouped(exit.compare(entry).differences.into_iter().filter(of_structure).collect());
        scope = exit.scope();
    }
    Fingerprints { entry: digest(entry), exit: digest(exit), differences, scope }
}

fn database(found: &FoundEvidence) -> String {
    found.runs.iter().find_map(|run| run.rollout.database()).map_or_else(
        || "No run reached a database.".to_owned(),
        |(server, oid)| format!("All runs that reached a database are of database id {oid} of server {server}."),
    )
}

fn clone(run: &RunEvidence) -> CloneFacts<'_> {
    let words = run.rollout.record.arguments.iter().take(2);
    CloneFacts {
        command: words.map(String::as_str).collect::<Vec<_>>().join(" "),
        begun: run.when(),
        database: run.report().target.as_ref().map_or("none was reached", |target| target.database.as_str()),
        system_identifier: run.rollout.record.session.as_ref().map(|session| session.system_identifier.as_str()),
        ended: ended(run),
        stages: run.report().stages(),
        path: &run.path,
        sha256: &run.rollout.sha256,
    }
}

/// Command, verdict and exit code of a run.
fn ended(run: &RunEvidence) -> String {
    format!("{} {}, exit code {}", run.report().command, run.report().verdict.word(), run.report().exit_code)
}

fn evidence(run: &RunEvidence) -> EvidenceFile<'_> {
    let record = &run.rollout.record;
    let target = run.report().target.as_ref().map_or_else(
        || "no database was reached".to_owned(),
        |target| format!("{} as {}", target.database, target.user),
    );
    EvidenceFile {
        path: &run.path,
        sha256: &run.rollout.sha256,
        begun: run.when(),
        written: &record.written,
        target,
        ended: ended(run),
        complete: record.complete,
        log: &record.log.file,
        log_sha256: &record.log.sha256,
    }
}

/// This many or more differences of one kind are shown as one line.
const ALIKE: usize = 4;

/// Puts differences that are alike except for the name into one line, for example a hundred times `column …: is new`.
fn grouped(differences: Vec<String>) -> Vec<String> {
    let mut groups: Vec<((String, String), Vec<String>)> = Vec::new();
    for difference in differences {
        let kind = difference.split(' ').next().unwrap_or_default().to_owned();
        let change = difference.rsplit(": ").next().unwrap_or_default().to_owned();
        match groups.iter_mut().find(|(key, _)| *key == (kind.clone(), change.clone())) {
            Some((_, alike)) => alike.push(difference),
            None => groups.push(((kind, change), vec![difference])),
        }
    }
    let line = |((kind, change), alike): ((String, String), Vec<String>)| match alike.len() {
        ..ALIKE => alike,
        count => vec![format!("{kind}: {count} of them, each: {change} (the evidence names them)")],
    };
    groups.into_iter().flat_map(line).collect()
}

/// How many checks of a kind are met, in words, and whether none of them stops the release.
fn counted(run: &RunEvidence, of: impl Fn(&Check) -> bool) -> (String, bool) {
    let of: Vec<&Check> = run.report().checks.iter().filter(|check| of(check)).collect();
    let met = of.iter().filter(|check| check.ok).count();
    let stopping = of.iter().filter(|check| check.is_unmet()).count();
    if of.is_empty() {
        return ("not checked".to_owned(), false);
    }
    let warnings = of.len() - met - stopping;
    (format!("{met} of {} met, {stopping} unmet, {warnings} warnings", of.len()), stopping == 0)
}
