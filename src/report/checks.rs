//! Checks as text for people. Met checks take little room in the table, and each hint is printed once.

use super::style::{Style, Tone, wrap};
use super::table::table;
use crate::cause::Cause;
use crate::check::{Check, Phase, follows};
use crate::text::escaped;
use std::fmt::Write as _;

/// The largest number of unmet checks of one family that are shown. The others are only counted.
const UNMET_OF_A_FAMILY: usize = 8;

/// A family with at least this many checks is shown as one row.
const FAMILY: usize = 4;

/// Writes the table of checks, the hints, and the number of checks. If a table or view is missing, all checks of it are unmet too. Without `-v`,
/// only the number of these checks is shown.
pub(super) fn checks(out: &mut String, checks: &[Check], style: &Style) {
    let (shown, followers): (Vec<&Check>, Vec<&Check>) = checks
        .iter()
        .filter(|check| !style.brief || check.is_unmet())
        .partition(|check| style.verbose || !follows(check, checks));
    if !shown.is_empty() {
        out.push('\n');
        let drawn = table(style.width, &["", "check", "expected", "actual"], all_rows(&shown, style));
        out.push_str(&paint_marks(&drawn, style));
    }
    let unmet: Vec<&Check> = shown.into_iter().filter(|check| !check.ok).collect();
    hints(out, &unmet, style);
    if !followers.is_empty() {
        let checks = if followers.len() == 1 { "check is" } else { "checks are" };
        let line = format!("{} more {checks} unmet because of the missing objects; -v lists them", followers.len());
        out.push('\n');
        out.push_str(&wrap(&line, style.width, 2, str::to_owned));
    }
    if !style.brief {
        let _ = writeln!(out, "\n  {}", counted(checks));
    }
}

/// Writes the number of checks if one cause explains the unmet ones. Writes nothing if the release is already applied: the checks are unmet
/// as a result of the release, which is not an error.
pub(super) fn explained(out: &mut String, checks: &[Check], cause: Cause) {
    if !checks.is_empty() && cause != Cause::AlreadyApplied {
        let _ = writeln!(out, "\n  {}; -v lists them", counted(checks));
    }
}

/// The number of checks in words, such as `161 checks: 158 met, 1 unmet, 2 warnings`.
fn counted(checks: &[Check]) -> String {
    let met = checks.iter().filter(|check| check.ok).count();
    let unmet = checks.iter().filter(|check| check.is_unmet()).count();
    let warnings = checks.len() - met - unmet;
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    if met == checks.len() {
        return format!("{}, all met", plural(checks.len(), "check"));
    }
    let mut counts = vec![format!("{met} met")];
    counts.extend((unmet > 0).then(|| format!("{unmet} unmet")));
    counts.extend((warnings > 0).then(|| plural(warnings, "warning")));
    format!("{}: {}", plural(checks.len(), "check"), counts.join(", "))
}

/// The rows of the table. If the checks belong to several parts, the met checks of each part are one row. With `-v` or in a brief report,
/// every check is listed separately.
fn all_rows(checks: &[&Check], style: &Style) -> Vec<Vec<String>> {
    let mut parts: Vec<(u8, Phase)> = Vec::new();
    for check in checks {
        if !parts.contains(&(check.tier, check.phase)) {
            parts.push((check.tier, check.phase));
        }
    }
    if parts.len() == 1 || style.verbose || style.brief {
        return rows(checks, style);
    }
    let of_part = |&(tier, phase): &(u8, Phase)| {
        let of: Vec<&Check> =
            checks.iter().copied().filter(|check| (check.tier, check.phase) == (tier, phase)).collect();
        let (met, others): (Vec<&Check>, Vec<&Check>) = of.iter().partition(|check| check.ok);
        let mut lines = Vec::new();
        if let Some(first) = met.first() {
            let actual = if others.is_empty() { "all met".to_owned() } else { format!("{} met", met.len()) };
            let count = if of.len() == 1 { "1 check".to_owned() } else { format!("{} checks", of.len()) };
            lines.push(vec![mark_of(first, style), part_name(tier, phase), count, actual]);
        }
        lines.extend(rows(&others, style));
        lines
    };
    parts.iter().flat_map(of_part).collect()
}

fn part_name(tier: u8, phase: Phase) -> String {
    match phase {
        Phase::Preflight => "preflight".to_owned(),
        Phase::Verify => "verify".to_owned(),
        Phase::Guard => format!("tier {tier} before"),
        Phase::Assert => format!("tier {tier} after"),
    }
}

/// Writes each hint once, for all checks that have it.
fn hints(out: &mut String, unmet: &[&Check], style: &Style) {
    let mut printed: Vec<&str> = Vec::new();
    for check in unmet {
        let Some(hint) = check.hint.as_deref().filter(|hint| !printed.contains(hint)) else { continue };
        if printed.is_empty() {
            out.push('\n');
        }
        printed.push(hint);
        let alike = unmet.iter().filter(|other| other.hint.as_deref() == Some(hint)).count();
        let others = if alike > 1 { format!(" and {} more", alike - 1) } else { String::new() };
        let (mark, tone) = style.mark(check);
        let text = format!("{mark} {}{others}: {}", escaped(&check.name), escaped(hint));
        out.push_str(&wrap(&text, style.width, 2, |line| style.paint(tone, line)));
    }
}

fn mark_of(check: &Check, style: &Style) -> String {
    style.mark(check).0.to_owned()
}

/// The rows of one part. A family consists of the checks with the same word before the first dot. Without `-v`, a family of met checks is
/// one row, and a family of unmet checks is shortened.
fn rows(checks: &[&Check], style: &Style) -> Vec<Vec<String>> {
    let members = |check: &Check| {
        let (family, _) = check.name.split_once('.').filter(|_| !style.verbose)?;
        let same = |other: &&&Check| other.ok == check.ok && other.name.split('.').next() == Some(family);
        Some((family.to_owned(), checks.iter().filter(same).count()))
    };
    let mut rows = Vec::new();
    let mut shown: Vec<(bool, String)> = Vec::new();
    for check in checks {
        let row = |name: &str, expected: &str, actual: &str| {
            vec![style.mark(check).0.to_owned(), name.to_owned(), expected.to_owned(), actual.to_owned()]
        };
        let Some((family, count)) = members(check).filter(|(_, count)| *count >= FAMILY) else {
            rows.push(row(&check.name, &check.expected, &check.actual));
            continue;
        };
        let before = shown.iter().filter(|(ok, other)| *ok == check.ok && *other == family).count();
        shown.push((check.ok, family.clone()));
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

/// Colours the marks of a finished table. Before the table is laid out, the colour codes would count as text.
pub(super) fn paint_marks(table: &str, style: &Style) -> String {
    let marks = [
        ("✓", Tone::Good),
        ("ok", Tone::Good),
        ("✗", Tone::Bad),
        ("NO", Tone::Bad),
        ("!!", Tone::Warn),
        ("!", Tone::Warn),
        ("?", Tone::Warn),
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
