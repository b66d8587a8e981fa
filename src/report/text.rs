//! The report as text for people. It is complete without colour. The first line of a failure says whether anything was changed.

use super::answer::Answer;
use super::answers::answer_text;
use super::checks::{checks, explained};
use super::model::{EffectKind, ErrorReport, Report, ServerFacts, Verdict};
use super::style::{Style, Tone, labelled, wrap};
use crate::cause::{Cause, ranges};
use crate::exec::judge::delta_words;
use crate::exec::{Outcome, TierReport};
use crate::text::escaped;
use std::fmt::Write as _;

/// The text of the whole report.
pub fn render(report: &Report, style: &Style) -> String {
    if let Some(Answer::Sql(file)) = &report.result {
        // Other programs read the text of a file, so nothing is added and nothing is escaped.
        return file.text.clone();
    }
    let mut out = String::new();
    headline(&mut out, report, style);
    facts(&mut out, report, style);
    if let Some(cause) = report.cause.filter(|_| !style.verbose) {
        explained(&mut out, &report.checks, cause);
    } else if !report.checks.is_empty() {
        checks(&mut out, &report.checks, style);
    }
    if !report.tiers.is_empty() {
        tiers(&mut out, &report.tiers, style);
    }
    if let Some(answer) = &report.result {
        answer_text(&mut out, answer, style);
    }
    closing(&mut out, report, style);
    if style.unicode { out } else { ascii(&out) }
}

/// The server's evidence about the transaction that read. It covers only this database, because a function in a view may act elsewhere.
fn attestation(facts: ServerFacts) -> &'static str {
    match (facts.read_only, facts.transaction_id_assigned) {
        (true, false) => {
            "confirmed by the server: nothing was written to this database (READ ONLY transaction, no transaction id assigned)"
        }
        // A call of txid_current() in a view assigns a transaction id, but a READ ONLY transaction writes no row.
        (true, true) => {
            "confirmed by the server: the transaction was READ ONLY; something that it read took a transaction id"
        }
        (false, _) => "not confirmed by the server: the transaction was not READ ONLY",
    }
}

/// The number of lines that fit on one screen. A longer report repeats the verdict at its end.
const ONE_LOOK: usize = 18;

/// The end of the report, which a person reads first: notes, the error, the attestation, the files, the next command.
fn closing(out: &mut String, report: &Report, style: &Style) {
    for (index, note) in report.notes.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { "" });
        labelled(out, "note:", &escaped(note), Tone::Warn, style);
    }
    if let Some(error) = &report.error {
        error_text(out, error, style);
    }
    if let Some(facts) = report.server_facts.filter(|_| report.effect.kind == EffectKind::NothingChanged) {
        out.push('\n');
        out.push_str(&wrap(attestation(facts), style.width, 2, str::to_owned));
    }
    for (index, path) in report.evidence.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { "" });
        let _ = writeln!(out, "  {} {}", if index == 0 { "evidence" } else { "        " }, escaped(path));
    }
    if let Some(digest) = &report.evidence_sha256 {
        let _ = writeln!(out, "    {digest}");
    }
    if out.lines().count() > ONE_LOOK {
        out.push('\n');
        headline(out, report, style);
    }
    if let Some(next) = &report.next {
        out.push('\n');
        labelled(out, "next:", &escaped(next), Tone::Strong, style);
    }
}

/// Replaces the marks beyond ASCII if the locale has only ASCII.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if character.is_ascii() => plain.push(character),
            '…' => plain.push_str("..."),
            '—' | '–' => plain.push_str("--"),
            '‘' | '’' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            other => plain.extend(other.escape_unicode()),
        }
    }
    plain
}

fn headline(out: &mut String, report: &Report, style: &Style) {
    let tone = match report.verdict {
        Verdict::Go | Verdict::Done | Verdict::AlreadyApplied => Tone::Good,
        Verdict::NoGo | Verdict::Failed | Verdict::Interrupted | Verdict::Unknown => Tone::Bad,
    };
    let word = report.verdict.word();
    let plain = format!("oneroof {}{}: {word}, {}", report.command, packet_words(report), effect_words(report));
    let drawn = wrap(&plain, style.width, 0, str::to_owned);
    let drawn = drawn.replacen(word, &style.paint(tone, word), 1);
    out.push_str(&drawn.replacen("oneroof", &style.paint(Tone::Strong, "oneroof"), 1));
}

/// Whether anything changed, and which tiers are applied.
fn effect_words(report: &Report) -> String {
    let of = |outcomes: &[Outcome]| -> Vec<u8> {
        let tiers = report.tiers.iter().filter(|tier| outcomes.contains(&tier.outcome) && tier.number > 0);
        tiers.map(|tier| tier.number).collect()
    };
    let changed = match report.effect.kind {
        EffectKind::Applied if report.effect.words.is_some() => {
            report.effect.words.iter().map(|words| escaped(words)).collect()
        }
        EffectKind::NothingChanged => {
            let rehearsed = of(&[Outcome::Rehearsed]);
            let rehearsal =
                if rehearsed.is_empty() { String::new() } else { format!("rehearsed {}, ", tiers_words(&rehearsed)) };
            format!("{rehearsal}nothing was changed")
        }
        EffectKind::Unknown => "it is not known whether the last tier was committed".to_owned(),
        EffectKind::Applied => {
            let parts: Vec<String> =
                [("committed", of(&[Outcome::Committed])), ("rolled back", of(&[Outcome::RolledBack]))]
                    .iter()
                    .filter(|(_, tiers)| !tiers.is_empty())
                    .map(|(word, tiers)| format!("{word} {}", tiers_words(tiers)))
                    .collect();
            if parts.is_empty() { format!("committed {}", actions(report)) } else { parts.join(", ") }
        }
    };
    format!("{changed}{}", state_words(report))
}

/// The names of the committed transactions that are not tiers of the release, such as those of the scanner or the shadow.
fn actions(report: &Report) -> String {
    let committed = report.tiers.iter().filter(|tier| tier.outcome == Outcome::Committed);
    committed.map(|tier| tier.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The path of the packet that the user gave, and whether an approval names its digest.
fn packet_words(report: &Report) -> String {
    // `oneroof packet` prints the path of the packet itself.
    let given = report
        .release
        .as_ref()
        .filter(|_| report.command != "packet")
        .and_then(|release| Some((release.packet.as_ref()?, release.unbound)));
    given.map_or_else(String::new, |(path, unbound)| {
        let unbound = if unbound.is_empty() { String::new() } else { format!(" ({unbound})") };
        format!(" of packet {}{unbound}", escaped(path))
    })
}

/// The state of the release: not applied, partly applied, applied, or altered.
fn state_words(report: &Report) -> String {
    let Some(applied) = &report.effect.applied else { return String::new() };
    let altered = &report.effect.altered;
    let words = match (applied.len(), altered.is_empty()) {
        (0, true) => "; the release is not applied".to_owned(),
        (count, true) if count == report.tier_count => "; the release is applied".to_owned(),
        (_, true) => format!("; the release is partly applied: {} of {}", tiers_words(applied), report.tier_count),
        (0, false) => format!("; {} altered", tiers_words(altered)),
        (_, false) => format!("; {} applied, {} altered", tiers_words(applied), tiers_words(altered)),
    };
    // For the command `clone`, the state is that of the clone, not of the source database.
    if report.command == "clone" { format!("{words} on the clone") } else { words }
}

/// Tiers in words, such as `tier 3` or `tiers 1-3, 6`.
fn tiers_words(numbers: &[u8]) -> String {
    format!("tier{} {}", if numbers.len() == 1 { "" } else { "s" }, ranges(numbers))
}

fn facts(out: &mut String, report: &Report, style: &Style) {
    if let Some(release) = &report.release {
        let text = format!("release  {} {}", release.name, release.digest);
        out.push_str(&wrap(&text, style.width, 2, str::to_owned));
        if let Some(signer) = &release.signed_by {
            out.push_str(&wrap(&format!("signed   by {}", escaped(signer)), style.width, 2, str::to_owned));
        }
        if report.command == "manifest" {
            out.push_str(&wrap(&format!("engine   its own queries {}", release.engine), style.width, 2, str::to_owned));
        }
    }
    // If one cause explains all unmet checks, the approvals do not matter yet.
    let rule = report.approval_rule.as_ref().filter(|_| report.cause.is_none() || style.verbose);
    if let Some(rule) = rule {
        let mut lines = vec![format!("packet   approvals {}", escaped(&rule.packet.words()))];
        lines.extend(rule.host.iter().map(|file| format!("policy   {}", file.words())));
        if rule.host.is_empty() {
            lines.push("policy   no host policy".to_owned());
        }
        for line in &lines {
            out.push_str(&wrap(line, style.width, 2, str::to_owned));
        }
    }
    if let Some(target) = &report.target {
        let version = target.server_version.split_whitespace().next().unwrap_or_default();
        let text = format!(
            "target   {} as {}, PostgreSQL {version}, {}",
            escaped(&target.database),
            escaped(&target.user),
            escaped(&target.host)
        );
        out.push_str(&wrap(&text, style.width, 2, str::to_owned));
        // The command after preflight is apply, which asks for these words.
        let may_apply = report.command == "preflight" && report.cause != Some(Cause::WrongDatabase);
        if let Some(words) = target.confirm.as_deref().filter(|_| may_apply) {
            out.push_str(&wrap(&format!("confirm  {}", escaped(words)), style.width, 2, str::to_owned));
        }
    }
}

/// Writes the tiers in columns, with the rows of each tier below it.
fn tiers(out: &mut String, tiers: &[TierReport], style: &Style) {
    out.push('\n');
    for tier in tiers {
        let line = progress_line(tier);
        let tone = match tier.outcome {
            Outcome::Committed | Outcome::RolledBack | Outcome::Rehearsed | Outcome::Unchanged => Tone::Good,
            Outcome::Aborted | Outcome::Unresolved => Tone::Bad,
            Outcome::NotRun => Tone::Faint,
        };
        let _ = writeln!(out, "  {}", style.paint(tone, &line));
        for (relation, delta) in tier.deltas.iter().filter(|(_, delta)| **delta != crate::release::Delta::default()) {
            let source = if tier.by_counters.contains(relation) { ", by the server's counters" } else { "" };
            let _ = writeln!(out, "      {relation} {}{source}", delta_words(*delta));
        }
        if style.verbose {
            for lock in &tier.locks {
                let _ = writeln!(out, "      lock {} {}", escaped(&lock.relation), lock.mode);
            }
        }
    }
}

/// The result of a tier in one line; the columns of several lines align.
pub fn progress_line(tier: &TierReport) -> String {
    let outcome = match tier.outcome {
        Outcome::Committed => "committed",
        Outcome::RolledBack => "rolled back",
        Outcome::Aborted => "aborted",
        Outcome::Unresolved => "NOT KNOWN",
        Outcome::Rehearsed => "rehearsed",
        Outcome::Unchanged => "unchanged",
        Outcome::NotRun => "not run",
    };
    let mut line = match tier.number {
        0 => format!("{:<19} {outcome:<9}", tier.name),
        number => format!("tier {number} {:<12} {outcome:<9}", tier.name),
    };
    if let (Some(duration), true) = (tier.duration_ms, tier.outcome != Outcome::Aborted) {
        let rows: i64 = tier.deltas.values().map(|delta| delta.inserted + delta.updated + delta.deleted).sum();
        // A rehearsal is one transaction in which the locks of earlier tiers are still held, so this is the number of added locks.
        let (added, width) = if tier.outcome == Outcome::Rehearsed { ("+", 4) } else { ("", 3) };
        let locks = format!("{added}{}", tier.locks.len());
        let _ = write!(line, " {rows:>3} rows  {locks:>width$} locks");
        if let Some(bytes) = tier.wal_bytes {
            // The WAL is that of the whole server, so it includes what other sessions wrote.
            let _ = write!(line, "  {:>6} server WAL", size(bytes));
        }
        let _ = write!(line, "  {:>6}", time(duration));
    }
    if tier.outcome == Outcome::Aborted {
        line.push(' ');
        line.push_str("nothing was changed");
    }
    line.trim_end().to_owned()
}

/// A number of bytes in a suitable unit, at most six columns wide.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        10_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

/// Milliseconds in a suitable unit, at most six columns wide.
fn time(ms: f64) -> String {
    match ms {
        ..10.0 => format!("{ms:.1} ms"),
        10.0..1_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1_000.0),
    }
}

fn error_text(out: &mut String, error: &ErrorReport, style: &Style) {
    out.push('\n');
    labelled(out, "error:", &escaped(&error.message), Tone::Bad, style);
    if let (Some(file), Some(line)) = (&error.file, error.line) {
        let column = error.column.map(|column| format!(":{column}")).unwrap_or_default();
        let excerpt = error.excerpt.as_deref().unwrap_or_default();
        let _ = writeln!(out, "  at {}:{line}{column} {} {}", escaped(file), style.dash(), escaped(excerpt));
    }
    for (label, text) in [("detail", &error.detail), ("server hint", &error.server_hint), ("context", &error.context)] {
        for line in text.iter().flat_map(|text| text.lines()) {
            out.push_str(&wrap(&format!("{label}: {}", escaped(line)), style.width, 2, str::to_owned));
        }
    }
    if let Some(hint) = &error.hint {
        // The hint may contain text from the server or from a file, so it is escaped.
        out.push_str(&wrap(&format!("hint: {}", escaped(hint)), style.width, 2, str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_read_only_transaction_without_an_id_is_attested() {
        let words =
            |read_only, transaction_id_assigned| attestation(ServerFacts { read_only, transaction_id_assigned });
        assert!(words(true, false).starts_with("confirmed by the server: nothing was written"));
        assert!(!words(true, true).contains("nothing was written"));
        for assigned in [false, true] {
            assert_eq!(words(false, assigned), "not confirmed by the server: the transaction was not READ ONLY");
        }
    }

    #[test]
    fn sizes_and_times_fit_in_their_columns() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (2_300, "2 kB"),
            (999_999, "999 kB"),
            (1_234_567, "1.2 MB"),
            (17_600_000, "17 MB"),
            (1_600_000_000, "1.6 GB"),
        ] {
            assert_eq!(size(bytes), shown);
            assert!(shown.len() <= 6);
        }
        for (ms, shown) in [(0.04, "0.0 ms"), (9.5, "9.5 ms"), (17.6, "18 ms"), (264.4, "264 ms"), (12_345.6, "12.3 s")]
        {
            assert_eq!(time(ms), shown);
            assert!(shown.len() <= 6);
        }
    }
}
