//! The results of commands as text for people, apart from checks and tiers.

use super::answer::{Answer, FingerprintAnswer, GateAnswer, GateState, PlanAnswer, RunAnswer};
use super::checks::paint_marks;
use super::draw::review_text;
use super::style::{Style, Tone, labelled, wrap, wrap_hanging};
use super::table::table;
use crate::exec::judge::delta_words;
use crate::fingerprint::Fingerprint;
use crate::plan::{State, TierState};
use crate::text::escaped;
use std::fmt::Write as _;

/// Writes the result of the command.
pub(super) fn answer_text(out: &mut String, answer: &Answer, style: &Style) {
    match answer {
        Answer::Plan(plan) => plan_text(out, plan, style),
        Answer::Status(states) => status_text(out, states, style),
        Answer::Fingerprint(fingerprint) => fingerprint_text(out, fingerprint, style),
        Answer::Run(run) => run_text(out, run, style),
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
                let mark = if step.unknown { "?" } else { style.step_mark(step.ok) };
                vec![mark.to_owned(), step.step.clone(), step.outcome.clone()]
            });
            out.push_str(&paint_marks(&table(style.width, &[], rows.collect()), style));
        }
        Answer::Stages(stages) => {
            out.push('\n');
            let rows = stages.iter().map(|stage| {
                let verdict = if stage.passed { "PASS" } else { "FAIL" };
                vec![stage.stage.clone(), verdict.to_owned(), stage.title.clone(), short_digest(&stage.numbers, style)]
            });
            out.push_str(&table(style.width, &["stage", "verdict", "what", "numbers"], rows.collect()));
        }
        Answer::Gate(gate) => gate_text(out, gate, style),
        Answer::Table(shown) => review_text(out, shown, style),
        Answer::Tables(all) => all.iter().for_each(|shown| review_text(out, shown, style)),
    }
}

/// Shortens a text that is only a digest, so that its table fits. Evidence and JSON contain the whole digest.
fn short_digest(text: &str, style: &Style) -> String {
    let is_digest = text
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_digest { format!("{}{}", &text[..19], if style.unicode { "…" } else { "..." }) } else { text.to_owned() }
}

fn plan_text(out: &mut String, plan: &PlanAnswer, style: &Style) {
    let _ = writeln!(out, "  database {}\n", plan.database);
    out.push_str(&wrap(&format!("before: {}", plan.human_step), style.width, 2, str::to_owned));
    for tier in &plan.tiers {
        out.push('\n');
        let heading = format!("{} ({})", tier.title, tier.file);
        labelled(out, &format!("tier {}", tier.number), &heading, Tone::Strong, style);
        let mut last_label = "";
        let mut line = |label: &'static str, text: &str| {
            if !text.is_empty() {
                let shown = if label == last_label { "" } else { label };
                let hanging = wrap_hanging(&format!("{shown:<9}{text}"), style.width, (2, 9), str::to_owned);
                out.push_str(&hanging);
                last_label = label;
            }
        };
        line("why", &tier.why);
        match tier.makes {
            0 => {}
            1 => line("makes", "1 object"),
            count => line("makes", &format!("{count} objects")),
        }
        line("changes", &tier.changes.join(", "));
        line("writes", &tier.writes.join(", "));
        let deltas: Vec<String> =
            tier.deltas.iter().map(|(relation, delta)| format!("{relation} {}", delta_words(*delta))).collect();
        line("rows", &deltas.join(", "));
        for expected in &tier.expects {
            line("asserts", expected);
        }
        for stop in &tier.stops {
            line("stops", stop);
        }
        line("rollback", &format!("oneroof rollback --tier {} ({})", tier.number, tier.rollback));
    }
    plan.reviews.iter().for_each(|review| review_text(out, review, style));
}

fn status_text(out: &mut String, states: &[TierState], style: &Style) {
    out.push('\n');
    for tier in states {
        let (word, tone) = match tier.state {
            State::Absent => ("absent", Tone::Faint),
            State::Applied => ("applied", Tone::Good),
            State::Altered => ("ALTERED", Tone::Bad),
        };
        let difference = tier.difference.as_ref().map(|text| format!(": {}", escaped(text))).unwrap_or_default();
        let line = format!("tier {} {:<12} {word}{difference}", tier.tier, tier.name);
        let shown = wrap_hanging(&line, style.width, (2, 20), str::to_owned);
        out.push_str(&shown.replacen(word, &style.paint(tone, word), 1));
    }
}

fn fingerprint_text(out: &mut String, answer: &FingerprintAnswer, style: &Style) {
    let now = &answer.now;
    out.push_str(&wrap(&format!("digest   {}", now.digest), style.width, 2, str::to_owned));
    out.push('\n');
    let mut rows: Vec<Vec<String>> = Vec::new();
    let words = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
    rows.extend(now.figures.iter().map(|(name, value)| vec!["figure".to_owned(), name.clone(), words(value)]));
    rows.extend(
        now.organic
            .iter()
            .map(|(name, value)| vec!["organic".to_owned(), name.clone(), format!("{value} (not compared)")]),
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
            let _ = writeln!(out, "\n  equal to the saved fingerprint in what was compared:");
            scope(out, Some(now), style);
        }
        for difference in &comparison.differences {
            let _ = writeln!(out, "  {} {}", style.paint(Tone::Bad, "differs:"), escaped(difference));
        }
    }
}

fn run_text(out: &mut String, run: &RunAnswer, style: &Style) {
    if let (Some(entry), Some(exit)) = (&run.entry, &run.exit) {
        out.push('\n');
        for (end, digest) in [("entry", &entry.digest), ("exit ", &exit.digest)] {
            out.push_str(&wrap(&format!("fingerprint at {end} {digest}"), style.width, 2, str::to_owned));
        }
        if let (Some(words), false) =
            (exit.not_read(), run.comparison.as_ref().is_some_and(|comparison| comparison.equal))
        {
            out.push_str(&wrap(&escaped(&words), style.width, 2, str::to_owned));
        }
    }
    if let Some(comparison) = &run.comparison {
        if comparison.equal {
            let _ = writeln!(out, "  equal in what was compared:");
        }
        for difference in &comparison.differences {
            let _ = writeln!(out, "  changed: {}", escaped(difference));
        }
        scope(out, run.exit.as_ref().filter(|_| comparison.equal), style);
    }
    rollback_text(out, run, style);
}

/// Writes whether the rollbacks of a dry run brought everything back.
fn rollback_text(out: &mut String, run: &RunAnswer, style: &Style) {
    let Some(rollback) = &run.rollback else { return };
    let mut lines: Vec<String> = rollback
        .differences
        .iter()
        .map(|difference| format!("not brought back by the rollback: {difference}"))
        .collect();
    if rollback.equal {
        lines.push("equal again after all tiers and all rollbacks, in what was compared".to_owned());
    }
    lines.extend(run.after_rollback.as_ref().and_then(Fingerprint::not_read));
    for line in lines {
        out.push_str(&wrap(&escaped(&line), style.width, 2, str::to_owned));
    }
}

/// Writes what a comparison covers and what it leaves out, because equality says nothing about the rest.
fn scope(out: &mut String, fingerprint: Option<&Fingerprint>, style: &Style) {
    for line in fingerprint.iter().flat_map(|fingerprint| fingerprint.scope()) {
        out.push_str(&wrap(&escaped(&line), style.width, 4, str::to_owned));
    }
}

fn gate_text(out: &mut String, gate: &GateAnswer, style: &Style) {
    let (words, tone) = match gate.state {
        GateState::Open => ("open", Tone::Good),
        GateState::OpenIncomplete => ("open, with incomplete signatures", Tone::Warn),
        GateState::Closed => ("closed", Tone::Bad),
    };
    gate.reviews.iter().for_each(|review| review_text(out, review, style));
    let _ = writeln!(out, "\n  the gate is {}", style.paint(tone, words));
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
        out.push_str(&table(style.width, &["approval", "level", "by", "at", "row"], rows));
    }
    for missing in &gate.missing {
        out.push_str(&wrap(&format!("missing: {}", escaped(missing)), style.width, 2, |line| {
            style.paint(Tone::Warn, line)
        }));
    }
    if gate.state != GateState::Open {
        to_do_at_the_gate(out, gate, style);
    }
}

/// Writes what people can do and what they must do.
fn to_do_at_the_gate(out: &mut String, gate: &GateAnswer, style: &Style) {
    if gate.state == GateState::Closed && !gate.options.is_empty() {
        out.push_str("\n  options\n");
        for (number, option) in gate.options.iter().enumerate() {
            out.push_str(&wrap(&format!("{}. {option}", number + 1), style.width, 2, str::to_owned));
        }
    }
    out.push('\n');
    out.push_str(&wrap(&gate.human_step, style.width, 2, str::to_owned));
    let _ = writeln!(
        out,
        "\n  An approval that is bound to this release has in {}:\n    {}",
        gate.signature_column, gate.signature_text
    );
}
