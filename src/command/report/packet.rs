//! The packet's content. Every sentence says what the evidence shows, and when; none says what the database is now.

use super::run::{Found, Run};
use crate::check::{Check, Phase};
use crate::command::approval_code;
use crate::exec::Outcome;
use crate::exec::judge::delta_words;
use crate::release::{Delta, Release};
use crate::report::{Document, EffectKind, Verdict};

/// The verdict and what it rests on.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) word: &'static str,
    pub(super) told: String,
}

/// What the packet is made from.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    release: &'a Release,
    found: &'a Found,
    /// The newest run.
    run: Option<&'a Run>,
    pub(super) verdict: Judgement,
}

impl<'a> Packet<'a> {
    pub(super) fn new(release: &'a Release, found: &'a Found) -> Self {
        let run = found.runs.last();
        let verdict = judge(release, found, run);
        Self { release, found, run, verdict }
    }

    /// The one command to run next. Of the evidence only an approval code and its path go into it.
    pub(super) fn next(&self) -> String {
        let Some(run) = self.run else { return "oneroof preflight".to_owned() };
        // An older open COMMIT is settled where a newer run asked the database what stands.
        let is_settled = !run.is_open() && run.told().effect.standing.is_some();
        if let Some(open) = self.found.runs.iter().rev().find(|run| run.is_open() && !is_settled) {
            return format!("oneroof resolve --evidence '{}'", open.path.replace('\'', r"'\''"));
        }
        match self.verdict.word {
            "RELEASED" => "oneroof verify".to_owned(),
            "GO" => format!("oneroof apply --ratified-apr {}", self.code()),
            "UNKNOWN" => "oneroof status".to_owned(),
            _ => match run.told().effect.standing.as_deref() {
                None => "oneroof status".to_owned(),
                Some(_) if !run.told().effect.altered.is_empty() => "oneroof status".to_owned(),
                Some([]) => "oneroof preflight".to_owned(),
                Some(_) => "oneroof rollback --full".to_owned(),
            },
        }
    }

    /// The approval code of the newest run, where it obeys the rule.
    fn code(&self) -> String {
        let given = self.run.and_then(|run| {
            let mut arguments = run.rollout.arguments.iter().skip_while(|argument| *argument != "--ratified-apr");
            arguments.nth(1).and_then(|code| approval_code(self.release, code).ok())
        });
        given.unwrap_or_else(|| "<RATIFIED_CODE>".to_owned())
    }

    pub(super) fn document(&self) -> Document {
        let header = &self.release.descriptor.release;
        let mut document = Document::new(&format!("{}: {}", header.title, self.verdict.word));
        document.paragraph(format!("Release {} {}", header.name, self.release.digest_text()));
        document.heading("Verdict");
        document.paragraph(format!("{}: {}", self.verdict.word, self.verdict.told));
        document.paragraph(
            "This packet tells what the evidence files show. It did not ask the database; oneroof status does.",
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
            let whole = if run.rollout.complete { "complete" } else { "NOT COMPLETE" };
            let ended =
                format!("{} {}, exit code {}", run.told().command, run.told().verdict.word(), run.told().exit_code);
            vec![run.path.clone(), run.begun.to_string(), run.rollout.written.clone(), target, ended, whole.to_owned()]
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

    /// What must hold, as the newest run saw it.
    fn gate_table(&self) -> Vec<Vec<String>> {
        let descriptor = &self.release.descriptor;
        let row = |name: &str, (state, go): (String, &str)| vec![name.to_owned(), state, go.to_owned()];
        let Some(run) = self.run else {
            return vec![row("everything", ("not asked: there is no evidence".to_owned(), "no"))];
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
            let state = shown.map_or_else(|| "not asked".to_owned(), |check| words(check));
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
        document.list(blocked, "The newest evidence names nothing that blocks.");
        document.paragraph("NO-GO also when the release stands:");
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
                tier.xid_status.clone().unwrap_or_else(|| "not asked".to_owned()),
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
        }
    }

    /// What was proven, and what was not.
    fn safety(&self) -> Vec<String> {
        let Some(run) = self.run else { return Vec::new() };
        let mut told = vec![match run.told().effect.kind {
            EffectKind::NothingChanged => "Proven by the newest run: it committed nothing.".to_owned(),
            EffectKind::Standing => confirmed(run),
            EffectKind::Unknown => "NOT proven: what the newest run did to the database.".to_owned(),
        }];
        if let (Some(entry), Some(exit)) = run.ends() {
            let equal = exit.compare(entry).equal;
            let word = if equal { "equal: rows, structure and sequences" } else { "different, as listed above" };
            told.push(format!("Fingerprints at entry and exit are {word}; their digests match their content."));
        } else {
            told.push("NOT proven: that entry and exit are equal; the newest run took no two fingerprints.".to_owned());
        }
        for run in &self.found.runs {
            if run.is_open() {
                told.push(format!("UNRESOLVED: {} holds a COMMIT whose end is not known.", run.path));
            } else if !run.rollout.complete {
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
        told.push(format!("NOT proven: anything that was done after {}.", run.rollout.written));
        told.push(
            "NOT proven: that nobody edited an evidence file; beyond its fingerprints it bears no seal.".to_owned(),
        );
        told
    }
}

/// What the newest evidence amounts to.
fn judge(release: &Release, found: &Found, run: Option<&Run>) -> Judgement {
    let unknown = |told: String| Judgement { word: "UNKNOWN", told };
    let Some(run) = run else { return unknown("there is no evidence of a run of this release".to_owned()) };
    let (told, when) = (run.told(), format!("the run of {}", run.begun));
    let standing = told.effect.standing.as_deref();
    let stands = match standing {
        None => "what stands was not asked".to_owned(),
        Some([]) if told.effect.altered.is_empty() => "no tier stood then".to_owned(),
        Some(tiers) if told.effect.altered.is_empty() => format!("tiers {tiers:?} stood then"),
        Some(tiers) => format!("tiers {tiers:?} stood then, and {:?} were there, but altered", told.effect.altered),
    };
    if found.newest_rejected {
        return unknown("a file that is newer than all the evidence could not be used; see below".to_owned());
    }
    if run.is_open() {
        return unknown(format!("a COMMIT of {when} was sent and its end is not known"));
    }
    if !run.rollout.complete {
        return unknown(format!("the evidence of {when} is not complete: it was cut off, or it is still under way"));
    }
    if standing.is_none() && found.runs.iter().any(Run::is_open) {
        return unknown(format!("an older COMMIT is unresolved, and {when} did not ask what stands"));
    }
    let error = told.error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
    let all: Vec<u8> = release.descriptor.tiers.iter().map(|tier| tier.number).collect();
    let is_target = told.target.as_ref().is_some_and(|target| target.database == release.descriptor.release.database);
    match (told.verdict, told.command.as_str()) {
        (Verdict::NoGo, _) => Judgement { word: "NO-GO", told: format!("{when} was refused: {error}; {stands}") },
        (Verdict::Failed, _) => Judgement { word: "FAILED", told: format!("{when} failed: {error}; {stands}") },
        (Verdict::Done, _) if told.checks.iter().any(Check::is_unmet) => {
            unknown(format!("{when} says DONE and holds unmet checks: it contradicts itself"))
        }
        (Verdict::Done, "rollback") => {
            Judgement { word: "NO-GO", told: format!("{when} took tiers back; {stands}, and no GO has come since") }
        }
        (Verdict::Done, "apply") if !is_target => {
            unknown(format!("{when} was not in {}, so it says nothing of it", release.descriptor.release.database))
        }
        (Verdict::Done, "apply") if run.has("--dry-run") && run.ended(Outcome::Rehearsed) == all => Judgement {
            word: "GO",
            told: format!("{when} met every check and rehearsed every tier; it committed nothing; {stands}"),
        },
        (Verdict::Done, "apply") if standing == Some(&all) && run.ended(Outcome::Committed) == all => Judgement {
            word: "RELEASED",
            told: format!("{when} committed every tier and verified the end state; {stands}"),
        },
        _ => unknown(format!("{when} ended as {}, exit code {}; {stands}", told.verdict.word(), told.exit_code)),
    }
}

/// A check as one text.
fn words(check: &Check) -> String {
    format!("{}: expected {}, actual {}", check.name, check.expected, check.actual)
}

fn yes(is_go: bool) -> &'static str {
    if is_go { "yes" } else { "no" }
}

/// So many differences of one kind are told as one.
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
        return ("not asked".to_owned(), "no");
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
        ("taken back", Outcome::Undone),
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
    let kept = ended(Outcome::Committed).chain(ended(Outcome::Undone));
    let open: Vec<u8> =
        kept.filter(|tier| tier.xid_status.as_deref() != Some("committed")).map(|tier| tier.number).collect();
    if open.is_empty() {
        return "Proven by the newest run: every COMMIT that it reports is confirmed by the server's own status."
            .to_owned();
    }
    format!("NOT proven: the server's own status is missing for the COMMIT of tiers {open:?}.")
}
