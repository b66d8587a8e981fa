//! Makes the page that the engine reads from the files in the packet's folder.

use super::super::check::CheckSource;
use super::super::files::Files;
use super::super::page::{Contracted, Delta, Descriptor, Gate, Header, ReadOnlyPart, Tier};
use super::super::rows::QUORUM;
use super::page_one::ApprovalSection;
use super::page_one::FORMAT;
use super::reviewed;
use super::{DERIVED, Derived, DerivedTier, EXTRAS, Extras, PAGE, PageOne, PageTier};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The two numbers of the advisory lock that a run holds. They are the same for all packets, because two runs in one database would
/// invalidate each other's proof.
const RUN_LOCK: [i32; 2] = [20_260_603, 1];
/// The client's deadline for read-only parts, and for tiers that declare none, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;
/// The checks in every packet that only people can meet.
const OF_THE_GATE: [&str; 2] = ["gate", "apr"];

fn parsed<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("{path}: {}", in_one_line(text, &error)))
}

/// The parser's message with the line number, on one line.
pub fn in_one_line(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let said = error.message();
    line.map_or_else(|| said.to_owned(), |line| format!("line {line}: {said}"))
}

impl Descriptor {
    /// Makes the page of a packet's folder.
    ///
    /// # Errors
    /// Returns the first error: a file is missing, cannot be read, or contradicts another. The message names the file.
    pub fn of(sources: &Files) -> Result<Self, String> {
        let text = |path: &str| sources.get(path).map(String::as_str);
        let page = text(PAGE).ok_or_else(|| format!("{PAGE} is missing"))?;
        let version: FormatVersion = parsed(PAGE, page)?;
        if version.format != FORMAT {
            return Err(format!("{PAGE}: format {} is not supported, only {FORMAT}", version.format));
        }
        let page: PageOne = parsed(PAGE, page)?;
        let extras: Extras = text(EXTRAS).map_or_else(|| Ok(Extras::default()), |text| parsed(EXTRAS, text))?;
        let derived = text(DERIVED)
            .ok_or_else(|| format!("{DERIVED} is missing: oneroof packet build runs the release and writes it"))?;
        let derived: Derived = parsed(DERIVED, derived)?;
        let mut whole = assembled(page, extras, derived, sources)?;
        if let Some(reason) = whole.contradiction() {
            return Err(format!("{PAGE}: {reason}"));
        }
        whole.promise();
        Ok(whole)
    }
}

/// The version alone. It is read first, because a page of another version may have other keys.
#[derive(serde::Deserialize)]
struct FormatVersion {
    format: u32,
}

fn assembled(page: PageOne, extras: Extras, derived: Derived, sources: &Files) -> Result<Descriptor, String> {
    debug_assert_eq!(page.format, FORMAT, "it was read alone before");
    if !["stop", "warn"].contains(&page.approval.incomplete.as_str()) {
        return Err(format!(
            "{PAGE}: approval.incomplete is {:?}, but must be \"stop\" or \"warn\"",
            page.approval.incomplete
        ));
    }
    let tiers = tiers(&page, &derived, sources)?;
    let contract = contract(&derived.requires, extras.contract)?;
    let reviews = reviewed::reviews(extras.reviews, &page, &derived)?;
    let mut governed = extras.governed;
    let more = derived.governed.iter().filter(|known| !governed.iter().any(|other| other.table == known.table));
    let more: Vec<_> = more.cloned().collect();
    governed.extend(more);
    let mut never_write = page.never_write.clone();
    if !never_write.contains(&page.approval.table) {
        never_write.insert(0, page.approval.table.clone());
    }
    let preflight = page.preflight.clone().unwrap_or_else(|| derived.met.clone());
    let read_only = |file: &str, before, after| ReadOnlyPart {
        file: file.to_owned(),
        timeout_ms: TIMEOUT_MS,
        before,
        after,
        ..ReadOnlyPart::default()
    };
    let (release, gate) = (header(&page, &derived, never_write), gate(&page.approval));
    Ok(Descriptor {
        release,
        gate,
        contract,
        preflight: read_only("prod/00_preflight.sql", preflight, vec!["nothing_written".to_owned()]),
        verify: read_only("prod/90_verify.sql", vec!["seam.effects".to_owned()], page.verify),
        families: extras.families,
        tiers,
        actions: extras.actions,
        shadow: extras.shadow,
        no_go: extras.no_go,
        reviews,
        revalidations: extras.revalidations,
        prefixes: extras.prefixes,
        rights: derived.rights,
        keys: derived.keys,
        writes: derived.writes,
        effects: derived.effects,
        overloads: derived.overloads,
        packet: derived.objects,
        governed,
    })
}

/// The derived contract, and what `extras.toml` adds to it: objects, columns and privileges that the tiers and checks do not use.
fn contract(derived: &[Contracted], extras: Vec<Contracted>) -> Result<Vec<Contracted>, String> {
    let mut contract = derived.to_vec();
    for more in extras {
        let Some(known) = contract.iter_mut().find(|known| known.object == more.object) else {
            contract.push(more);
            continue;
        };
        let name = |word: &str| word.split(':').next().unwrap_or_default().to_owned();
        let column = more
            .columns
            .split(' ')
            .find(|word| known.columns.split(' ').any(|other| other != *word && name(other) == name(word)));
        if column.is_some() || known.kind != more.kind {
            let what = column.map_or_else(|| format!("kind {}", more.kind), |column| format!("column {column}"));
            return Err(format!("{EXTRAS}: {what} of {} is not what {DERIVED} found", more.object));
        }
        for (words, added) in [(&mut known.columns, &more.columns), (&mut known.needs, &more.needs)] {
            let all: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
            let new = added.split(' ').filter(|word| !word.is_empty() && !all.contains(word));
            *words = all.iter().copied().chain(new).collect::<Vec<_>>().join(" ");
        }
    }
    Ok(contract)
}

fn header(page: &PageOne, derived: &Derived, never_write: Vec<String>) -> Header {
    Header {
        name: page.name.clone(),
        title: page.title.clone(),
        database: page.database.clone(),
        role: page.role.clone(),
        clone_database: page.rehearse_on.clone(),
        run_lock: RUN_LOCK,
        servers: derived.servers.clone(),
        commands: derived.commands.clone(),
        locks: derived.locks,
        apart: derived.apart.clone(),
        hold: page.hold.clone(),
        live: page.live.clone(),
        every: page.every.before.clone(),
        every_after: page.every.after.clone(),
        never_write,
        search_path: page.search_path.clone(),
    }
}

fn gate(approval: &ApprovalSection) -> Gate {
    Gate {
        table: approval.table.clone(),
        columns: approval.columns.clone(),
        checks: of_the_gate(approval),
        apr_pattern: approval.code.clone(),
        apr_example: approval.example.clone(),
        levels: approval.levels.clone(),
        stops: approval.incomplete != "warn",
        bound: approval.bound,
        distinct: approval.distinct,
        human_step: approval.ask.clone(),
    }
}

/// The checks that only people can meet. The quorum is one of them if missing signatures stop the release.
fn of_the_gate(approval: &ApprovalSection) -> Vec<String> {
    let levels = (approval.incomplete != "warn" && !approval.levels.is_empty()).then_some(QUORUM);
    OF_THE_GATE.into_iter().chain(levels).map(str::to_owned).collect()
}

fn tiers(page: &PageOne, derived: &Derived, sources: &Files) -> Result<Vec<Tier>, String> {
    let known: Vec<&str> = derived.tiers.iter().map(|tier| tier.name.as_str()).collect();
    let named: Vec<&str> = page.tiers.iter().map(|tier| tier.name.as_str()).collect();
    if known != named {
        return Err(format!(
            "{DERIVED} was derived from other tiers than {PAGE} has ({} and {}): run oneroof packet build again",
            known.join(", "),
            named.join(", ")
        ));
    }
    let each = page.tiers.iter().zip(&derived.tiers).zip(1..);
    let mut tiers = each
        .map(|((tier, found), number)| one((tier, &page.live), found, number, sources))
        .collect::<Result<Vec<_>, _>>()?;
    let packet = derived.objects.keys();
    let mut made: Vec<String> = Vec::new();
    for tier in &mut tiers {
        let own = tier
            .shapes
            .iter()
            .map(|shape| &shape.object)
            .filter(|object| packet.contains(object) && !made.contains(object));
        tier.own = own.cloned().collect();
        made.extend(tier.own.iter().cloned());
    }
    let filled: Vec<String> =
        tiers.iter().flat_map(|tier| &tier.contents).map(|content| content.table.clone()).collect();
    for content in tiers.iter_mut().flat_map(|tier| &mut tier.contents) {
        // If several tiers write rows into one table, no tier owns all of its rows, so each tier recognises its own rows by all their
        // columns.
        if content.key.is_empty() && filled.iter().filter(|table| **table == content.table).count() > 1 {
            content.key.clone_from(&content.columns);
        }
    }
    Ok(tiers)
}

/// Compares what page one says of a tier with what the build found.
fn agrees(page: &PageTier, derived: &DerivedTier) -> Result<(), String> {
    for (table, signed) in &page.rows {
        let found = derived.rows.get(table).copied().unwrap_or_default();
        if signed.delta() != found {
            return Err(format!("tier {}: {PAGE} gives other row counts for {table} than {DERIVED} found", page.name));
        }
    }
    counted_alike(page, derived)?;
    if let Some(alters) = page.alters.as_ref().filter(|alters| **alters != derived.alters) {
        let (signed, found) = (alters.join(", "), derived.alters.join(", "));
        return Err(format!("tier {}: {PAGE} says that it alters {signed}, but {DERIVED} found {found}", page.name));
    }
    if let Some(table) =
        page.review.iter().find(|table| !derived.contents.iter().any(|content| content.table == **table))
    {
        return Err(format!("tier {}: {table} is to be reviewed, but the tier puts no rows into it", page.name));
    }
    if let Some(column) = page.volatile.iter().find(|column| column.split('.').count() != 3) {
        return Err(format!("tier {}: volatile {column:?} is not schema.table.column", page.name));
    }
    Ok(())
}

fn one(
    (page, live): (&PageTier, &[String]),
    derived: &DerivedTier,
    number: u8,
    sources: &Files,
) -> Result<Tier, String> {
    let folder = folder_of(&page.name, sources)?;
    agrees(page, derived)?;
    let (alters, reworks) = derived.alters.iter().cloned().partition(|name| !name.contains([' ', '(']));
    let member = page.member.clone().unwrap_or_else(|| folder.replace('-', "_"));
    let words = |entries: &[String]| entries.iter().map(|entry| in_words(entry, sources)).collect();
    Ok(Tier {
        number,
        name: page.name.clone(),
        title: if page.title.is_empty() { page.name.clone() } else { page.title.clone() },
        why: page.why.clone(),
        file: format!("prod/{member}.sql"),
        rollback: format!("prod_rollback/{member}.sql"),
        folder,
        timeout_ms: page.timeout.as_deref().map_or(Ok(TIMEOUT_MS), milliseconds)?,
        repeatable: page.repeatable,
        expects: words(&page.after),
        stops: words(&page.before),
        before: page.before.clone(),
        after: page.after.clone(),
        down_before: page.down_before.clone(),
        down_after: page.down_after.clone(),
        writes: derived.writes.clone(),
        alters,
        reworks,
        touches: derived.touches.clone(),
        exclusive: derived.exclusive.clone(),
        down_exclusive: derived.down_exclusive.clone(),
        creates: derived.creates,
        deltas: counted(&derived.rows, derived),
        rollback_deltas: counted(&derived.down_rows, derived),
        upserts: derived
            .writes
            .iter()
            .filter(|table| page.live.contains(table) || live.contains(table))
            .cloned()
            .collect(),
        adds: derived.adds.clone(),
        deletes: derived.deletes.clone(),
        rollback_deletes: derived.down_deletes.clone(),
        copies: derived.copies.clone(),
        rules: derived.rules.clone(),
        shapes: derived.shapes.clone(),
        contents: derived.contents.clone(),
        proof_row: derived.proof.clone().unwrap_or_default(),
        ..Tier::default()
    })
}

/// Checks that the numbers of rows of a tier agree with its rows.
fn counted_alike(page: &PageTier, derived: &DerivedTier) -> Result<(), String> {
    for content in &derived.contents {
        let listed = content.digest.is_some() || i64::try_from(content.rows.len()) == Ok(content.count);
        let inserted = derived.rows.get(&content.table).is_none_or(|rows| rows.inserted >= content.count);
        if !listed || !inserted {
            return Err(format!("tier {}: the numbers of rows of {} in {DERIVED} disagree", page.name, content.table));
        }
    }
    Ok(())
}

/// The rows of relations that existed before the tier. The rows of a table that the tier creates are judged by the content of the table.
fn counted(rows: &BTreeMap<String, Delta>, derived: &DerivedTier) -> BTreeMap<String, Delta> {
    let there = rows.iter().filter(|(table, _)| derived.writes.contains(table));
    there.map(|(table, rows)| (table.clone(), *rows)).collect()
}

/// The folder of a tier: its name is a number, `-`, and the tier's name.
fn folder_of(name: &str, sources: &Files) -> Result<String, String> {
    let mut folders = sources.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder);
    let is_it = |folder: &&str| {
        folder
            .split_once('-')
            .is_some_and(|(number, rest)| rest == name && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let found = folders.rfind(is_it);
    found.map(str::to_owned).ok_or_else(|| format!("{PAGE}: tier {name} has no folder NN-{name}"))
}

/// A check of a list with its expected value, such as `gap: 210`.
pub fn in_words(entry: &str, sources: &Files) -> String {
    let (name, expected) = match entry.split_once(" = ") {
        Some((name, expected)) => (name, Some(expected)),
        None => (entry, None),
    };
    let file = sources.get(&format!("checks/{name}.sql"));
    let of_file = file.and_then(|text| CheckSource::read(text).ok()).map(|check| check.expected);
    expected.or(of_file).map_or_else(|| name.to_owned(), |expected| format!("{name}: {expected}"))
}

/// Reads a deadline: a whole number and `ms`, `s` or `min`.
fn milliseconds(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "ms" => Some(1),
        "s" => Some(1000),
        "min" => Some(60_000),
        _ => None,
    };
    let number: Option<u64> = number.parse().ok().filter(|number| *number > 0);
    number
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor))
        .ok_or_else(|| format!("timeout {text:?} is not a time such as \"30 s\" or \"10 min\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_has_a_number_and_a_unit() {
        for (text, value) in [("30 s", 30_000), ("30s", 30_000), ("10 min", 600_000), ("250 ms", 250)] {
            assert_eq!(milliseconds(text), Ok(value), "{text}");
        }
        for text in ["", "30", "s", "0 s", "-1 s", "1 h", "99999999999999999999 s", "18446744073709551615 s"] {
            assert!(milliseconds(text).unwrap_err().contains("30 s"), "{text}");
        }
    }

    #[test]
    fn a_folder_is_found_by_the_name_behind_its_number() {
        let sources: Files = [("10-a/up.sql", ""), ("20-a-b/up.sql", ""), ("x-b/up.sql", ""), ("checks/a.sql", "")]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into();
        assert_eq!(folder_of("a", &sources).as_deref(), Ok("10-a"));
        assert_eq!(folder_of("a-b", &sources).as_deref(), Ok("20-a-b"));
        assert!(folder_of("b", &sources).is_err());
    }
}
