//! The report for people. Complete without colour; the first line of a failure says whether anything changed.

use super::answer::{Answer, FingerprintAnswer, GateAnswer, PlanAnswer, RunAnswer, TableAnswer};
use super::model::{EffectKind, ErrorReport, Report, Verdict};
use super::table::table;
use crate::check::{Check, Severity};
use crate::exec::judge::delta_words;
use crate::exec::{Outcome, TierReport};
use crate::plan::{Standing, State};
use crate::text::escaped;
use std::fmt::Write as _;

/// How text is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of the terminal.
    pub width: u16,
    /// ANSI colours.
    pub colour: bool,
    /// Marks beyond ASCII.
    pub unicode: bool,
    /// Families of met checks one by one.
    pub verbose: bool,
    /// Of the checks only those that are unmet.
    pub brief: bool,
}

#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Warn,
    Strong,
    Faint,
}

impl Style {
    fn paint(&self, tone: Tone, text: &str) -> String {
        use anstyle::{AnsiColor, Effects, Style};
        if !self.colour {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Tone::Warn => AnsiColor::Yellow.on_default(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }

    fn mark(&self, check: &Check) -> (&'static str, Tone) {
        match (check.ok, check.severity, self.unicode) {
            (true, _, true) => ("✓", Tone::Good),
            (true, _, false) => ("ok", Tone::Good),
            (false, Severity::Warning, true) => ("!", Tone::Warn),
            (false, Severity::Warning, false) => ("!!", Tone::Warn),
            (false, Severity::Error, true) => ("✗", Tone::Bad),
            (false, Severity::Error, false) => ("NO", Tone::Bad),
        }
    }

    fn dash(&self) -> &'static str {
        if self.unicode { "—" } else { "--" }
    }
}

/// The whole report.
pub fn render(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    if let Some(Answer::Sql(file)) = &report.result {
        // A file's text is for another program: nothing around it, nothing escaped but what a terminal would obey.
        return file.text.clone();
    }
    headline(&mut out, report, style);
    facts(&mut out, report);
    if !report.checks.is_empty() {
        checks(&mut out, &report.checks, style);
    }
    if !report.tiers.is_empty() {
        tiers(&mut out, &report.tiers, style);
    }
    if let Some(answer) = &report.result {
        answer_text(&mut out, answer, style);
    }
    for note in &report.notes {
        let _ = writeln!(out, "\n{} {}", style.paint(Tone::Warn, "note:"), escaped(note));
    }
    if let Some(error) = &report.error {
        error_text(&mut out, error, style);
    }
    if let Some(witness) = report.witness.filter(|_| report.effect.kind == EffectKind::NothingChanged) {
        let attested = witness.read_only && !witness.transaction_id_assigned;
        let words = if attested { "READ ONLY transaction, no transaction id assigned" } else { "NOT attested" };
        let _ = writeln!(out, "\nNothing written, says the server: {words}.");
    }
    for path in &report.evidence {
        let _ = writeln!(out, "evidence: {}", escaped(path));
    }
    if let Some(next) = &report.next {
        let _ = writeln!(out, "\n{} {}", style.paint(Tone::Strong, "next:"), escaped(next));
    }
    out
}

fn headline(out: &mut String, report: &Report, style: &Style) {
    let tone = match report.verdict {
        Verdict::Go | Verdict::Done => Tone::Good,
        Verdict::NoGo | Verdict::Failed | Verdict::Unknown => Tone::Bad,
    };
    let verdict = style.paint(tone, report.verdict.word());
    let _ = writeln!(
        out,
        "{} {}: {verdict}, {}",
        style.paint(Tone::Strong, "oneroof"),
        report.command,
        effect_words(report)
    );
}

/// Whether anything changed, and what stands.
fn effect_words(report: &Report) -> String {
    let stands = match report.effect.standing.as_deref() {
        None => String::new(),
        Some([]) => "; no tier stands".to_owned(),
        Some([one]) => format!("; tier {one} stands"),
        Some(tiers) => format!("; tiers {} stand", ranges(tiers)),
    };
    let changed = match report.effect.kind {
        EffectKind::NothingChanged => "nothing was changed".to_owned(),
        EffectKind::Unknown => "it is not known whether the last tier was committed".to_owned(),
        EffectKind::Standing => {
            let of = |outcome| {
                report.tiers.iter().filter(|tier| tier.outcome == outcome).map(|tier| tier.number).collect::<Vec<_>>()
            };
            let told: Vec<String> = [("committed", of(Outcome::Committed)), ("rolled back", of(Outcome::Undone))]
                .iter()
                .filter(|(_, tiers)| !tiers.is_empty())
                .map(|(word, tiers)| format!("{word}: {}", ranges(tiers)))
                .collect();
            told.join(", ")
        }
    };
    format!("{changed}{stands}")
}

/// `1-3, 6`; a falling row stays falling.
fn ranges(numbers: &[u8]) -> String {
    let mut told: Vec<(u8, u8)> = Vec::new();
    for &number in numbers {
        match told.last_mut() {
            Some((_, end)) if number.abs_diff(*end) == 1 => *end = number,
            _ => told.push((number, number)),
        }
    }
    let one = |&(start, end): &(u8, u8)| if start == end { start.to_string() } else { format!("{start}-{end}") };
    told.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn facts(out: &mut String, report: &Report) {
    if let Some(release) = &report.release {
        let _ = writeln!(out, "  release  {} {}", release.name, release.digest);
    }
    if let Some(target) = &report.target {
        let _ = writeln!(
            out,
            "  target   {} as {}, PostgreSQL {}, {}",
            escaped(&target.database),
            escaped(&target.user),
            escaped(target.server_version.split_whitespace().next().unwrap_or_default()),
            escaped(&target.host)
        );
    }
}

/// So many unmet checks of one family are shown before the rest is only counted.
const UNMET_OF_A_FAMILY: usize = 12;

/// Checks as a table; a family of met checks is one row unless asked for.
fn checks(out: &mut String, checks: &[Check], style: &Style) {
    out.push('\n');
    let phases: Vec<(u8, crate::check::Phase)> = checks.iter().fold(Vec::new(), |mut seen, check| {
        if !seen.contains(&(check.tier, check.phase)) {
            seen.push((check.tier, check.phase));
        }
        seen
    });
    // The checks of tiers that went well are many; what matters of them is that they were met.
    let told = phases.iter().flat_map(|&(tier, phase)| {
        let of: Vec<&Check> = checks.iter().filter(|check| (check.tier, check.phase) == (tier, phase)).collect();
        if phases.len() > 2 && of.iter().all(|check| check.ok) && !style.verbose {
            let word =
                serde_json::to_value(phase).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
            return vec![vec![
                mark_of(of[0], style),
                format!("tier {tier} {word}"),
                format!("{} checks", of.len()),
                "all met".to_owned(),
            ]];
        }
        rows(&of, style)
    });
    let rows: Vec<Vec<String>> = if style.brief { Vec::new() } else { told.collect() };
    if !rows.is_empty() {
        out.push_str(&paint_marks(&table(style.width, &["", "check", "expected", "actual"], rows), style));
    }
    let unmet: Vec<&Check> = checks.iter().filter(|check| !check.ok).collect();
    hints(out, &unmet, style);
    let errors = unmet.iter().filter(|check| check.is_unmet()).count();
    let _ = writeln!(
        out,
        "  {} checks: {} met, {errors} unmet, {} warnings",
        checks.len(),
        checks.len() - unmet.len(),
        unmet.len() - errors
    );
}

/// What to do, said once for all checks that it holds for.
fn hints(out: &mut String, unmet: &[&Check], style: &Style) {
    let mut told: Vec<&str> = Vec::new();
    for check in unmet {
        let Some(hint) = check.hint.as_deref().filter(|hint| !told.contains(hint)) else { continue };
        told.push(hint);
        let alike = unmet.iter().filter(|other| other.hint.as_deref() == Some(hint)).count();
        let others = if alike > 1 { format!(" and {} more", alike - 1) } else { String::new() };
        let (mark, tone) = style.mark(check);
        let text = format!("{mark} {}{others}: {}", escaped(&check.name), escaped(hint));
        out.push_str(&wrap(&text, style.width, |line| style.paint(tone, line)));
    }
}

fn mark_of(check: &Check, style: &Style) -> String {
    style.mark(check).0.to_owned()
}

/// Rows of the table. A family (the word before the first dot) of met checks is one row, one of unmet checks is cut, unless asked for.
fn rows(checks: &[&Check], style: &Style) -> Vec<Vec<String>> {
    let members = |check: &Check| {
        let (family, _) = check.name.split_once('.').filter(|_| !style.verbose)?;
        let same = |other: &&&Check| other.ok == check.ok && other.name.split('.').next() == Some(family);
        Some((family.to_owned(), checks.iter().filter(same).count()))
    };
    let mut rows = Vec::new();
    let mut told: Vec<(bool, String)> = Vec::new();
    for check in checks {
        let row = |name: &str, expected: &str, actual: &str| {
            vec![style.mark(check).0.to_owned(), name.to_owned(), expected.to_owned(), actual.to_owned()]
        };
        let Some((family, count)) = members(check).filter(|(_, count)| *count >= 4) else {
            rows.push(row(&check.name, &check.expected, &check.actual));
            continue;
        };
        let before = told.iter().filter(|(ok, other)| *ok == check.ok && *other == family).count();
        told.push((check.ok, family.clone()));
        match (check.ok, before) {
            (true, 0) => rows.push(row(&format!("{family}.*"), &format!("{count} checks"), "all met")),
            (false, before) if before < UNMET_OF_A_FAMILY => {
                rows.push(row(&check.name, &check.expected, &check.actual));
            }
            (false, UNMET_OF_A_FAMILY) => {
                rows.push(row(&format!("{family}.*"), &format!("{} more like this", count - before), "-v lists them"));
            }
            _ => {}
        }
    }
    rows
}

/// Colours the marks of a finished table: inside it they would be counted as text.
fn paint_marks(table: &str, style: &Style) -> String {
    let marks = [
        ("✓", Tone::Good),
        ("ok", Tone::Good),
        ("✗", Tone::Bad),
        ("NO", Tone::Bad),
        ("!!", Tone::Warn),
        ("!", Tone::Warn),
    ];
    let line = |line: &str| {
        let body = line.trim_start();
        let found = marks.iter().find(|(mark, _)| body.strip_prefix(mark).is_some_and(|rest| rest.starts_with(' ')));
        match found {
            Some((mark, tone)) => {
                format!("{}{}{}\n", &line[..line.len() - body.len()], style.paint(*tone, mark), &body[mark.len()..])
            }
            None => format!("{line}\n"),
        }
    };
    table.lines().map(line).collect()
}

fn tiers(out: &mut String, tiers: &[TierReport], style: &Style) {
    out.push('\n');
    for tier in tiers {
        let line = progress_line(tier);
        let tone = match tier.outcome {
            Outcome::Committed | Outcome::Undone | Outcome::Rehearsed => Tone::Good,
            Outcome::Aborted | Outcome::Unresolved => Tone::Bad,
            Outcome::NotRun => Tone::Faint,
        };
        let _ = writeln!(out, "  {}", style.paint(tone, &line));
        for (relation, delta) in tier.deltas.iter().filter(|(_, delta)| **delta != crate::release::Delta::default()) {
            let _ = writeln!(out, "      {relation} {}", delta_words(*delta));
        }
        if style.verbose {
            for lock in &tier.locks {
                let _ = writeln!(out, "      lock {} {}", escaped(&lock.relation), lock.mode);
            }
        }
    }
}

/// One line of what a tier came to.
pub fn progress_line(tier: &TierReport) -> String {
    let outcome = match tier.outcome {
        Outcome::Committed => "committed",
        Outcome::Undone => "rolled back",
        Outcome::Aborted => "aborted, nothing was changed",
        Outcome::Unresolved => "OUTCOME NOT KNOWN",
        Outcome::Rehearsed => "rehearsed, rolled back",
        Outcome::NotRun => "not run",
    };
    let mut line = format!("tier {} {:<12} {outcome}", tier.number, tier.name);
    if tier.duration_ms.is_some() || tier.wal_bytes.is_some() {
        let rows: i64 = tier.deltas.values().map(|delta| delta.inserted + delta.updated + delta.deleted).sum();
        let _ = write!(line, ": {rows} rows, {} locks", tier.locks.len());
        if let Some(bytes) = tier.wal_bytes {
            let _ = write!(line, ", {bytes} bytes of WAL");
        }
        if let Some(duration) = tier.duration_ms {
            let _ = write!(line, ", {duration:.1} ms");
        }
    }
    line
}

fn answer_text(out: &mut String, answer: &Answer, style: &Style) {
    match answer {
        Answer::Plan(plan) => plan_text(out, plan, style),
        Answer::Status(standing) => status_text(out, standing, style),
        Answer::Fingerprint(fingerprint) => fingerprint_text(out, fingerprint, style),
        Answer::Run(run) => run_text(out, run),
        Answer::Manifest(files) => {
            for file in files {
                let _ = writeln!(out, "{}  {}", file.sha256, file.path);
            }
        }
        Answer::Sql(_) => {}
        Answer::Files(paths) => {
            for path in paths {
                let _ = writeln!(out, "  wrote {}", escaped(path));
            }
        }
        Answer::Steps(steps) => {
            out.push('\n');
            let rows = steps.iter().map(|step| {
                let mark = match (step.ok, style.unicode) {
                    (true, true) => "✓",
                    (true, false) => "ok",
                    (false, true) => "✗",
                    (false, false) => "NO",
                };
                vec![mark.to_owned(), step.step.clone(), step.outcome.clone()]
            });
            out.push_str(&paint_marks(&table(style.width, &[], rows.collect()), style));
        }
        Answer::Gate(gate) => gate_text(out, gate, style),
        Answer::Table(shown) => table_text(out, shown, style),
    }
}

fn plan_text(out: &mut String, plan: &PlanAnswer, style: &Style) {
    let _ = writeln!(out, "  database {}\n", plan.database);
    out.push_str(&wrap(&format!("before: {}", plan.human_step), style.width, std::borrow::ToOwned::to_owned));
    for tier in &plan.tiers {
        let _ = writeln!(
            out,
            "\n{} {} ({})",
            style.paint(Tone::Strong, &format!("tier {}", tier.number)),
            tier.title,
            tier.file
        );
        let mut line = |label: &str, text: &str| {
            if !text.is_empty() {
                out.push_str(&wrap(&format!("{label:<9}{text}"), style.width, std::borrow::ToOwned::to_owned));
            }
        };
        line("reads", &tier.reads);
        line(
            "writes",
            &if tier.writes.is_empty() { "the packet's own new objects".to_owned() } else { tier.writes.join(", ") },
        );
        let deltas: Vec<String> = tier.deltas.iter().map(|(relation, delta)| format!("{relation} {delta}")).collect();
        line("rows", &deltas.join(", "));
        for expected in &tier.expects {
            line("asserts", expected);
        }
        for stop in &tier.stops {
            line("stops", stop);
        }
        line("rollback", &format!("oneroof rollback --tier {} ({})", tier.number, tier.rollback));
    }
}

fn status_text(out: &mut String, standing: &[Standing], style: &Style) {
    out.push('\n');
    for tier in standing {
        let (word, tone) = match tier.state {
            State::Absent => ("absent", Tone::Faint),
            State::Standing => ("standing", Tone::Good),
            State::Altered => ("ALTERED", Tone::Bad),
        };
        let difference = tier.difference.as_ref().map(|text| format!(": {}", escaped(text))).unwrap_or_default();
        let _ = writeln!(out, "  tier {} {:<12} {}{difference}", tier.tier, tier.name, style.paint(tone, word));
    }
}

fn fingerprint_text(out: &mut String, answer: &FingerprintAnswer, style: &Style) {
    let now = &answer.now;
    let _ = writeln!(out, "  digest   {}\n", now.digest);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let words = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
    rows.extend(now.figures.iter().map(|(name, value)| vec!["figure".to_owned(), name.clone(), words(value)]));
    rows.extend(
        now.organic
            .iter()
            .map(|(name, value)| vec!["organic".to_owned(), name.clone(), format!("{value} (not judged)")]),
    );
    rows.extend(now.content.iter().map(|(name, content)| {
        let digest = content.digest.as_deref().map_or("", |digest| &digest[..digest.len().min(12)]);
        let count = content.rows.map_or_else(|| "no table".to_owned(), |count| format!("{count} rows {digest}"));
        vec!["content".to_owned(), name.clone(), count]
    }));
    rows.push(vec!["structure".to_owned(), "objects".to_owned(), now.structure.len().to_string()]);
    rows.push(vec!["sequences".to_owned(), "sequences".to_owned(), now.sequences.len().to_string()]);
    out.push_str(&table(style.width, &[], rows));
    if let Some(comparison) = &answer.comparison {
        if comparison.equal {
            let _ = writeln!(out, "\n  equal to the saved fingerprint");
        }
        for difference in &comparison.differences {
            let _ = writeln!(out, "  {} {}", style.paint(Tone::Bad, "differs:"), escaped(difference));
        }
    }
}

fn run_text(out: &mut String, run: &RunAnswer) {
    if let (Some(entry), Some(exit)) = (&run.entry, &run.exit) {
        let _ = writeln!(out, "\n  fingerprint at entry {}\n  fingerprint at exit  {}", entry.digest, exit.digest);
    }
    if let Some(comparison) = &run.comparison {
        if comparison.equal {
            let _ = writeln!(out, "  equal: rows, structure and sequences are as they were");
        }
        for difference in &comparison.differences {
            let _ = writeln!(out, "  changed: {}", escaped(difference));
        }
    }
}

fn gate_text(out: &mut String, gate: &GateAnswer, style: &Style) {
    let (word, tone) = if gate.open { ("open", Tone::Good) } else { ("closed", Tone::Bad) };
    let _ = writeln!(out, "\n  the gate is {}", style.paint(tone, word));
    let rows = gate.approvals.iter().map(|approval| {
        vec![
            approval.proposal_code.clone(),
            approval.approval_level.clone(),
            approval.approved_by.clone(),
            approval.approved_at.clone(),
            approval.verdict.clone(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        out.push_str(&table(style.width, &["proposal", "level", "by", "at", "verdict"], rows));
    }
    for missing in &gate.missing {
        out.push_str(&wrap(&format!("missing: {missing}"), style.width, |line| style.paint(Tone::Warn, line)));
    }
    out.push('\n');
    out.push_str(&wrap(&gate.human_step, style.width, std::borrow::ToOwned::to_owned));
    let _ = writeln!(
        out,
        "\n  An approval that is bound to this release holds in signature_ref:\n    {}",
        gate.signature_text
    );
}

fn table_text(out: &mut String, shown: &TableAnswer, style: &Style) {
    let _ = writeln!(out, "\n  {}", style.paint(Tone::Strong, &escaped(&shown.title)));
    let header: Vec<&str> = shown.columns.iter().map(String::as_str).collect();
    out.push_str(&table(style.width, &header, shown.rows.clone()));
}

fn error_text(out: &mut String, error: &ErrorReport, style: &Style) {
    let _ = writeln!(out, "\n{} {}", style.paint(Tone::Bad, "error:"), escaped(&error.message));
    if let (Some(file), Some(line)) = (&error.file, error.line) {
        let column = error.column.map(|column| format!(":{column}")).unwrap_or_default();
        let excerpt = error.excerpt.as_deref().unwrap_or_default();
        let _ = writeln!(out, "  at {}:{line}{column} {} {}", escaped(file), style.dash(), escaped(excerpt));
    }
    for (label, text) in [("detail", &error.detail), ("server hint", &error.server_hint), ("context", &error.context)] {
        for line in text.iter().flat_map(|text| text.lines()) {
            let _ = writeln!(out, "  {label}: {}", escaped(line));
        }
    }
    if let Some(hint) = &error.hint {
        out.push_str(&wrap(&format!("hint: {hint}"), style.width, std::borrow::ToOwned::to_owned));
    }
}

/// Words wrapped to the width, two blanks in front, each line painted.
fn wrap(text: &str, width: u16, paint: impl Fn(&str) -> String) -> String {
    let room = usize::from(width).saturating_sub(4).max(36);
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(format!("  {word}"));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("  {}\n", paint(line))).collect()
}
