//! The packet's content. Every sentence says what the evidence shows, and when; none says what the database is now.

use super::judge::{Judgement, judge};
use super::run::{Found, Run};
use crate::check::{Check, Phase};
use crate::command::approval_code;
use crate::command::evidence::resolve_with;
use crate::exec::Outcome;
use crate::exec::judge::delta_words;
use crate::release::{Delta, Release};
use crate::report::{Document, EffectKind};
use crate::run::next::for_state;

/// What the packet is made from.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    release: &'a Release,
    found: &'a Found,
    /// The run that the verdict rests on.
    run: Option<&'a Run>,
    pub(super) verdict: Judgement<'a>,
}

impl<'a> Packet<'a> {
    pub(super) fn new(release: &'a Release, found: &'a Found) -> Self {
        let verdict = judge(release, found);
        Self { release, found, run: verdict.run, verdict }
    }

    /// The one command to run next. Of the evidence only an approval code and its path go into it.
    pub(super) fn next(&self) -> String {
        let Some(run) = self.run else { return "oneroof preflight".to_owned() };
        if self.verdict.word == "UNKNOWN" && run.rollout.record.commit_next.is_some() {
            return resolve_with(&run.rollout.path);
        }
        let all = self.release.descriptor.tiers.len();
        // Of a run that was cut off the file knows what was committed until then.
        if self.verdict.word == "UNKNOWN" && !run.rollout.record.complete {
            return for_state(&run.told().effect, all).to_owned();
        }
        match (self.verdict.word, self.verdict.applied, self.verdict.altered) {
            ("RELEASED", _, _) => "oneroof verify".to_owned(),
            ("GO", _, _) => format!("oneroof apply --ratified-apr {}", self.code()),
            ("UNKNOWN", _, _) | (_, None, _) | (_, _, [_, ..]) => "oneroof status".to_owned(),
            (_, Some([]), _) => "oneroof preflight".to_owned(),
            ("FAILED", Some(applied), _) if applied.len() == all => "oneroof verify -v".to_owned(),
            ("FAILED", Some(_), _) => "oneroof rollback --full".to_owned(),
            _ => "oneroof status".to_owned(),
        }
    }

    /// The approval code of the run that the verdict rests on, where it obeys the rule.
    fn code(&self) -> String {
        let given = self.run.and_then(|run| run.rollout.record.ratified_apr.as_deref());
        let obeys = given.and_then(|code| approval_code(self.release, code).ok());
        obeys.unwrap_or_else(|| "<RATIFIED_CODE>".to_owned())
    }

    pub(super) fn document(&self) -> Document {
        let header = &self.release.descriptor.release;
        let mut document = Document::new(&format!("{}: {}", header.title, self.verdict.word));
        document.paragraph(format!("Release {} {}", header.name, self.release.digest_text()));
        document.heading("Verdict");
        document.paragraph(format!("{}: {}", self.verdict.word, self.verdict.told));
        document.paragraph(
            "This report shows what the evidence files hold. It did not read the database; oneroof status does.",
        );
        self.evidence(&mut document);
        document.heading("Gate table");
        document.table(&["check", "state", "GO?"], self.gate_table());
        self.ready_and_blocked(&mut document);
        document.heading("The one command");
        document.command(&self.next());
        if self.run.is_some_and(|run| run.told().exit_code == 3) {
            document.paragraph("After the gate has been opened, by people:");
            document.command("oneroof apply --ratified-apr <RATIFIED_CODE>");
        }
        self.tiers(&mut document);
        self.fingerprints(&mut document);
        document.heading("Safety verdict");
        document.list(self.safety(), "There is no evidence: nothing is proven.");
        for review in &self.release.descriptor.reviews {
            document.heading(&review.title);
            document.table(&review.columns, review.rows.clone());
        }
        document
    }

    fn evidence(&self, document: &mut Document) {
        document.heading("Evidence");
        let database = self.found.runs.iter().find_map(|run| run.rollout.database());
        document.paragraph(database.map_or_else(
            || "No run reached a database.".to_owned(),
            |(server, oid)| format!("All runs that reached a database are of database id {oid} of server {server}."),
        ));
        let rows = self.found.runs.iter().rev().map(|run| {
            let target = run.told().target.as_ref().map_or_else(
                || "no database was reached".to_owned(),
                |target| {
                    format!(
                        "{} as {}, PostgreSQL {}, {}",
                        target.database, target.user, target.server_version, target.host
                    )
                },
            );
            let whole = if run.rollout.record.complete { "complete" } else { "NOT COMPLETE" };
            let ended =
                format!("{} {}, exit code {}", run.told().command, run.told().verdict.word(), run.told().exit_code);
            vec![
                run.path.clone(),
                run.begun.to_string(),
                run.rollout.record.written.clone(),
                target,
                ended,
                whole.to_owned(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            document.paragraph("No evidence file is used.");
        } else {
            document.table(&["file, newest first", "begun", "written", "target", "ended", "file is"], rows);
        }
        let rejected = self.found.rejected.iter().map(|file| format!("{} is not used: {}", file.path, file.why));
        document.list(rejected.collect(), "No file was left out.");
    }

    /// What must hold, as seen by the run that the verdict rests on.
    fn gate_table(&self) -> Vec<Vec<String>> {
        let descriptor = &self.release.descriptor;
        let row = |name: &str, (state, go): (String, &str)| vec![name.to_owned(), state, go.to_owned()];
        let Some(run) = self.run else {
            return vec![row("everything", ("not checked: there is no evidence".to_owned(), "no"))];
        };
        let is_gate = |check: &Check| descriptor.gate.checks.contains(&check.name);
        let target = run.told().target.as_ref().map(|target| target.database.clone());
        let is_target = target.as_deref() == Some(descriptor.release.database.as_str());
        let database = target.unwrap_or_else(|| "none was reached".to_owned());
        let mut rows = vec![
            row("database", (database, yes(is_target))),
            row("manifest", (format!("the run's release is {}", self.release.digest_text()), "yes")),
            row("preflight", counted(run, |check| check.phase == Phase::Preflight && !is_gate(check))),
        ];
        for name in &descriptor.gate.checks {
            let of: Vec<&Check> = run.told().checks.iter().filter(|check| check.name == *name).collect();
            let shown = of.iter().find(|check| !check.ok).or(of.first());
            let state = shown.map_or_else(|| "not checked".to_owned(), |check| words(check));
            rows.push(row(name, (state, yes(shown.is_some_and(|check| check.ok)))));
        }
        rows.push(row("rehearsal", rehearsal(run)));
        rows.push(row("tiers", tiers_state(run, descriptor.tiers.len())));
        rows.push(row("verify", counted(run, |check| check.phase == Phase::Verify)));
        rows
    }

    fn ready_and_blocked(&self, document: &mut Document) {
        let descriptor = &self.release.descriptor;
        document.heading("What is ready");
        let mut ready = vec![format!(
            "{} tiers, each with its rollback, under one manifest: {}",
            descriptor.tiers.len(),
            self.release.digest_text()
        )];
        let met = self.gate_table().into_iter().filter(|row| row[2] == "yes");
        ready.extend(met.map(|row| format!("{}: {}", row[0], row[1])));
        document.list(ready, "");

        document.heading("What is blocked");
        let mut blocked: Vec<String> = Vec::new();
        let checks = self.run.map_or(&[][..], |run| &run.told().checks);
        for check in checks.iter().filter(|check| check.is_unmet()) {
            let hint = check.hint.as_deref().map(|hint| format!(". {hint}")).unwrap_or_default();
            blocked.push(format!("{}{hint}", words(check)));
        }
        blocked.extend(
            self.run.and_then(|run| run.told().error.as_ref()).map(|error| format!("error: {}", error.message)),
        );
        if self.run.is_none_or(|run| run.told().exit_code == 3) {
            blocked.push(descriptor.gate.human_step.clone());
        }
        document.list(blocked, "The run that the verdict rests on names nothing that blocks.");
        document.paragraph("NO-GO also when the release is applied:");
        let remaining = descriptor.no_go.iter().map(|no_go| format!("{}: {}", no_go.what, no_go.why));
        document.list(remaining.collect(), "nothing");
    }

    fn tiers(&self, document: &mut Document) {
        document.heading("Tiers");
        let Some(run) = self.run.filter(|run| !run.told().tiers.is_empty()) else {
            document.paragraph("No tier was begun.");
            return;
        };
        let word = |outcome: Outcome| serde_json::to_value(outcome).ok()?.as_str().map(|word| word.replace('_', " "));
        let rows = run.told().tiers.iter().map(|tier| {
            let count: i64 = tier.deltas.values().map(|delta| delta.inserted + delta.updated + delta.deleted).sum();
            vec![
                format!("{} {}", tier.number, tier.name),
                word(tier.outcome).unwrap_or_default(),
                count.to_string(),
                tier.xid.clone().unwrap_or_default(),
                tier.xid_status.clone().unwrap_or_else(|| "not checked".to_owned()),
                tier.duration_ms.map(|duration| format!("{duration:.1} ms")).unwrap_or_default(),
            ]
        });
        document.table(&["tier", "outcome", "rows", "xid", "its status", "time"], rows.collect());
        document.heading("Deltas");
        let deltas = run.told().tiers.iter().flat_map(|tier| {
            let rows = tier.deltas.iter().filter(|(_, delta)| **delta != Delta::default());
            rows.map(|(relation, delta)| format!("tier {}: {relation} {}", tier.number, delta_words(*delta)))
        });
        document.list(deltas.collect(), "No row was written.");
    }

    fn fingerprints(&self, document: &mut Document) {
        document.heading("Fingerprints");
        let (entry, exit) = self.run.map_or((None, None), Run::ends);
        let words = |end: Option<&crate::fingerprint::Fingerprint>| {
            end.map_or_else(|| "not taken: the run did not get so far".to_owned(), |end| end.digest.clone())
        };
        document.table(
            &["end", "digest"],
            vec![vec!["entry".to_owned(), words(entry)], vec!["exit".to_owned(), words(exit)]],
        );
        if let (Some(entry), Some(exit)) = (entry, exit) {
            document.list(grouped(exit.compare(entry).differences), "Entry and exit are equal.");
            document.paragraph("What was compared, and what was not:");
            document.list(exit.scope(), "");
        }
    }

    /// What was proven, and what was not.
    fn safety(&self) -> Vec<String> {
        let Some(run) = self.run else { return Vec::new() };
        let mut told = vec![match run.told().effect.kind {
            EffectKind::NothingChanged => format!("Proven by the run of {}: it committed nothing.", run.begun),
            EffectKind::Applied => confirmed(run),
            EffectKind::Unknown => format!("NOT proven: what the run of {} did to the database.", run.begun),
        }];
        if let (Some(entry), Some(exit)) = run.ends() {
            let word = if exit.compare(entry).equal { "equal" } else { "different, as listed above" };
            told.push(format!(
                "Fingerprints at entry and exit are {word}; their digests match their content. They compare {}, and nothing else: see above.",
                exit.compared()
            ));
        } else {
            told.push("NOT proven: that entry and exit are equal; this run took no two fingerprints.".to_owned());
        }
        for run in &self.found.runs {
            if run.is_open() {
                told.push(format!("UNRESOLVED: {} holds a COMMIT whose end is not known.", run.path));
            } else if !run.rollout.record.complete {
                told.push(format!("INCOMPLETE: {} ends before the run did; what came after is not known.", run.path));
            }
        }
        let mut warnings: Vec<String> = Vec::new();
        for check in run.told().checks.iter().filter(|check| !check.ok && !check.is_unmet()) {
            let warning = format!("WARNING in {:?}: {}", check.phase, words(check));
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        told.extend(warnings);
        told.extend(run.told().notes.iter().map(|note| format!("Note of the run: {note}")));
        if run.has("--no-rehearsal") {
            told.push("NOT proven: a rehearsal; it was left out by --no-rehearsal.".to_owned());
        }
        if let Some(newest) = self.found.runs.last() {
            told.push(format!("NOT proven: anything that was done after {}.", newest.rollout.record.written));
        }
        told.push(
            "NOT proven: that nobody made an evidence file anew with its checksum; the SHA-256 that each run printed at its end shows it.".to_owned(),
        );
        told
    }
}

/// A check as one text.
fn words(check: &Check) -> String {
    format!("{}: expected {}, actual {}", check.name, check.expected, check.actual)
}

fn yes(is_go: bool) -> &'static str {
    if is_go { "yes" } else { "no" }
}

/// From this many on, differences of one kind are one line.
const ALIKE: usize = 4;

/// `column …: is new`, a hundred times, is one line; what differs in more than the name keeps its own.
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

/// How many checks of a kind are met.
fn counted(run: &Run, of: impl Fn(&Check) -> bool) -> (String, &'static str) {
    let of: Vec<&Check> = run.told().checks.iter().filter(|check| of(check)).collect();
    let met = of.iter().filter(|check| check.ok).count();
    let stopping = of.iter().filter(|check| check.is_unmet()).count();
    if of.is_empty() {
        return ("not checked".to_owned(), "no");
    }
    let warnings = of.len() - met - stopping;
    (format!("{met} of {} met, {stopping} unmet, {warnings} warnings", of.len()), yes(stopping == 0))
}

/// Real tiers begin only after the rehearsal has ended well.
fn rehearsal(run: &Run) -> (String, &'static str) {
    let began = [Outcome::Committed, Outcome::Aborted, Outcome::Unresolved].map(|outcome| run.ended(outcome).len());
    let (state, is_go) = if run.told().command != "apply" {
        ("not part of this run", false)
    } else if run.has("--no-rehearsal") {
        ("left out by --no-rehearsal", false)
    } else if !run.ended(Outcome::Rehearsed).is_empty() {
        ("every tier ran and was rolled back", true)
    } else if began.iter().sum::<usize>() > 0 {
        ("it ended well before the first tier began", true)
    } else {
        ("no evidence that it ended well", false)
    };
    (state.to_owned(), yes(is_go))
}

fn tiers_state(run: &Run, all: usize) -> (String, &'static str) {
    let committed = run.ended(Outcome::Committed).len();
    let others: Vec<String> = [
        ("rehearsed", Outcome::Rehearsed),
        ("rolled back", Outcome::RolledBack),
        ("aborted", Outcome::Aborted),
        ("NOT KNOWN", Outcome::Unresolved),
    ]
    .into_iter()
    .map(|(word, outcome)| (word, run.ended(outcome).len()))
    .filter(|(_, count)| *count > 0)
    .map(|(word, count)| format!(", {count} {word}"))
    .collect();
    (format!("{committed} of {all} committed{}", others.concat()), yes(committed == all))
}

/// Whether the server itself confirmed each COMMIT.
fn confirmed(run: &Run) -> String {
    let ended = |outcome| run.told().tiers.iter().filter(move |tier| tier.outcome == outcome);
    let kept = ended(Outcome::Committed).chain(ended(Outcome::RolledBack));
    let open: Vec<u8> =
        kept.filter(|tier| tier.xid_status.as_deref() != Some("committed")).map(|tier| tier.number).collect();
    if open.is_empty() {
        return format!(
            "Proven by the run of {}: every COMMIT that it reports is confirmed by the server's own status.",
            run.begun
        );
    }
    format!("NOT proven: the server's own status is missing for the COMMIT of tiers {open:?}.")
}
