//! `oneroof packet show`: shows what a person signs. It reads only the packet.

use super::named;
use crate::error::Error;
use crate::exec::judge::delta_words;
use crate::packet::form::{Shape, in_words};
use crate::packet::page::Descriptor;
use crate::release::{Delta, Release, Tier};
use crate::report::{Answer, SqlAnswer, wrap_hanging};
use crate::run::Context;
use crate::text::escaped;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The width of the facts, in columns.
const WIDTH: u16 = 80;

/// Whom a lock blocks while it is held.
const KEEPS_OUT: [(&str, &str); 3] = [
    ("ACCESS EXCLUSIVE", "everybody waits, readers too"),
    ("SHARE ROW EXCLUSIVE", "writers wait, readers go on"),
    ("SHARE", "writers wait, readers go on"),
];

/// Shows a packet, one tier of it, or how it differs from another.
pub(super) fn run(
    context: &mut Context<'_>,
    packet: Option<&Path>,
    tier: Option<u8>,
    against: Option<&Path>,
) -> Result<(), Error> {
    let release = named(context, packet)?;
    let text = match (tier, against) {
        (_, Some(other)) => compared(&named(context, Some(other))?, &release),
        (Some(number), None) => {
            let tier = release.tier(number).ok_or_else(|| no_tier(&release, number))?;
            // The facts come last, so that they are what a terminal shows at the end.
            format!("{}\n{}", statements(&release, tier).trim_start(), facts(&release, tier))
        }
        (None, None) => whole(&release),
    };
    context.report.name_release(&release);
    context.report.result =
        Some(Answer::Sql(SqlAnswer { path: format!("{}.md", release.descriptor.release.name), text }));
    Ok(())
}

fn no_tier(release: &Release, number: u8) -> Error {
    Error::Usage {
        message: format!("--tier {number}: the packet has the tiers 1 to {}", release.descriptor.tiers.len()),
        hint: "oneroof packet show lists them.".to_owned(),
    }
}

/// The page that a person signs.
fn whole(release: &Release) -> String {
    let mut text = head(release);
    for tier in &release.descriptor.tiers {
        text.push('\n');
        text.push_str(&facts(release, tier));
        text.push_str(&statements(release, tier));
    }
    text
}

fn head(release: &Release) -> String {
    let (page, digest) = (&release.descriptor, release.digest_text());
    let (header, gate) = (&page.release, &page.gate);
    let mut text = format!("# {}\n\n", shown(&header.title));
    let mut line = |name: &str, words: &str| {
        let _ = writeln!(text, "- {name}: {}", shown(words));
    };
    line("release", &format!("{}, {digest}", header.name));
    line("database", &format!("{}, by the role {}", header.database, header.role));
    line(
        "servers",
        &format!("PostgreSQL {}", header.servers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
    );
    line("approval", &format!("a row of {} whose {} matches {}", gate.table, gate.columns.code, gate.apr_pattern));
    let levels: Vec<String> = gate.levels.iter().map(|(level, people)| format!("{people} at {level}")).collect();
    if !levels.is_empty() {
        let missing = if gate.stops { "fewer stop the release" } else { "fewer are a warning" };
        line("signatures", &format!("{}; {missing}", levels.join(", ")));
    }
    line(
        "bound",
        if gate.bound {
            "only an approval that names this digest counts"
        } else {
            "an approval need not name the digest"
        },
    );
    line("to be done", &gate.human_step);
    line("never written", &header.never_write.join(", "));
    let volatile = page
        .governed
        .iter()
        .flat_map(|table| table.volatile.iter().map(|column| format!("{}.{column}", table.table)).collect::<Vec<_>>());
    let volatile: Vec<String> = volatile.collect();
    if !volatile.is_empty() {
        line("not compared", &volatile.join(", "));
    }
    if let Some(rule) = &header.clone_database {
        line("gate waived on", &format!("databases called {rule}"));
    }
    text
}

/// The facts of one tier, in lines of at most 80 columns: its reason, and for the tier and its rollback the rows, the locks and the checks.
fn facts(release: &Release, tier: &Tier) -> String {
    let mut text = format!("## Tier {}: {}\n\n", tier.number, shown(&tier.title));
    if !tier.why.is_empty() {
        let _ = writeln!(text, "{}\n", wrap_hanging(&shown(&tier.why), WIDTH, (0, 0), str::to_owned).trim_end());
    }
    let mut line = |name: &str, words: &str| {
        text.push_str(&wrap_hanging(&format!("- {name}: {}", shown(words)), WIDTH, (0, 2), str::to_owned));
    };
    line("rows", &rows(&tier.deltas));
    let filled = tier.contents.iter().filter(|content| tier.made(&content.table));
    let filled: Vec<String> = filled.map(|content| format!("{} +{}", content.table, content.count)).collect();
    if !filled.is_empty() {
        line("rows in tables that it makes", &filled.join(", "));
    }
    let makes = made(&release.descriptor, tier);
    if !makes.is_empty() {
        line("makes", &makes);
    }
    let renames = renames(tier);
    if !renames.is_empty() {
        line("renames", &renames);
    }
    let changed: Vec<&str> = tier.alters.iter().chain(&tier.reworks).map(String::as_str).collect();
    if !changed.is_empty() {
        line("changes the shape of", &changed.join(", "));
    }
    let remade: Vec<&str> =
        tier.shapes.iter().filter(|shape| shape.remade && !shape.renamed).map(|shape| shape.object.as_str()).collect();
    if !remade.is_empty() {
        line("drops and creates again", &remade.join(", "));
    }
    line("locks", &locks(release, &tier.file));
    line("checked before", &listed(&tier.stops));
    line("checked after", &listed(&tier.expects));
    let taken_back = if makes.is_empty() { String::new() } else { format!("drops {makes}; ") };
    line("rollback", &format!("{taken_back}rows: {}", rows(&tier.rollback_deltas)));
    line("rollback locks", &locks(release, &tier.rollback));
    let words = |entries: &[String]| -> Vec<String> {
        entries.iter().map(|entry| in_words(entry, release.sources())).collect()
    };
    line("rollback checked before", &listed(&words(&tier.down_before)));
    line("rollback checked after", &listed(&words(&tier.down_after)));
    line("rollback proved by", "oneroof packet check --prove, which runs it");
    text
}

fn rows(rows: &BTreeMap<String, Delta>) -> String {
    let words: Vec<String> = rows.iter().map(|(table, delta)| format!("{table} {}", delta_words(*delta))).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn listed(entries: &[String]) -> String {
    if entries.is_empty() { "the state of the tiers only".to_owned() } else { entries.join("; ") }
}

/// The SQL of a tier and of its rollback.
fn statements(release: &Release, tier: &Tier) -> String {
    source(release, tier, "up") + &source(release, tier, "down")
}

/// How many objects of each kind the tier creates.
fn made(page: &Descriptor, tier: &Tier) -> String {
    let kind = |shape: &Shape| match shape.object.as_str() {
        name if name.starts_with("schema ") => "schema",
        name if name.starts_with("type ") => "type",
        name if name.contains('(') => "function",
        name if page.packet.tables.iter().any(|table| table == name) => "table",
        name if page.packet.sequences.iter().any(|sequence| sequence == name) => "sequence",
        _ => "view",
    };
    let counted = |one: &str| {
        let count = tier.shapes.iter().filter(|shape| tier.creates_object(shape) && kind(shape) == one).count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {one}{plural}"))
    };
    let kinds = ["schema", "type", "table", "view", "sequence", "function"];
    kinds.into_iter().filter_map(counted).collect::<Vec<_>>().join(", ")
}

/// The renamed objects, each with its new name, and the names that new views take.
fn renames(tier: &Tier) -> String {
    let renamed = tier.shapes.iter().filter(|shape| !shape.from.is_empty());
    let renamed = renamed.map(|shape| format!("{} to {}", shape.from, shape.object));
    let taken = tier.shapes.iter().filter(|shape| shape.renamed && !shape.dropped);
    let taken = taken.map(|shape| format!("a new view takes the name {}", shape.object));
    renamed.chain(taken).collect::<Vec<_>>().join(", ")
}

/// The relations that a file locks before it writes, by the lock mode, with whom the lock blocks.
fn locks(release: &Release, file: &str) -> String {
    let script = release.script(&format!("sql/{file}"));
    let mut modes: Vec<(&str, Vec<&str>)> = Vec::new();
    for (relation, mode) in script.locks() {
        match modes.iter_mut().find(|(known, _)| *known == mode) {
            Some((_, relations)) => relations.push(relation),
            None => modes.push((mode, vec![relation])),
        }
    }
    let in_words =
        |(mode, relations): &(&str, Vec<&str>)| format!("{mode} on {} ({})", relations.join(", "), keeps_out(mode));
    if modes.is_empty() { "none".to_owned() } else { modes.iter().map(in_words).collect::<Vec<_>>().join("; ") }
}

fn keeps_out(mode: &str) -> &'static str {
    KEEPS_OUT.iter().find(|(known, _)| *known == mode).map_or("as the statement does", |(_, words)| words)
}

/// The whole text of one source of the tier.
fn source(release: &Release, tier: &Tier, name: &str) -> String {
    let path = format!("{}/{name}.sql", tier.folder);
    let text = release.sources().get(&path).map_or("", |text| text.trim_end());
    format!("\n```sql\n-- {path}\n{}\n```\n", shown(text))
}

/// The differences from another packet: each source that was added, removed or changed, line by line.
fn compared(other: &Release, release: &Release) -> String {
    let mut text = format!("# {} against {}\n", release.digest_text(), other.digest_text());
    let paths = other.sources().keys().chain(release.sources().keys());
    let paths: std::collections::BTreeSet<&String> = paths.collect();
    for path in paths {
        match (other.sources().get(path), release.sources().get(path)) {
            (None, Some(_)) => {
                let _ = writeln!(text, "\n## {path} was added");
            }
            (Some(_), None) => {
                let _ = writeln!(text, "\n## {path} was taken out");
            }
            (Some(before), Some(after)) if before != after => {
                let _ = writeln!(text, "\n## {path}\n\n```diff\n{}```", lines_that_differ(before, after));
            }
            _ => {}
        }
    }
    if other.digest_text() == release.digest_text() {
        text.push_str("\nNothing differs.\n");
    }
    text
}

/// All lines from the first difference to the last: first the old lines, then the new ones.
fn lines_that_differ(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let most = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let mut text = format!("@@ line {} @@\n", same + 1);
    for (sign, lines) in [('-', &old), ('+', &new)] {
        for line in &lines[same..lines.len() - tail] {
            let _ = writeln!(text, "{sign}{}", shown(line));
        }
    }
    text
}

/// Escapes characters that could control a terminal, because other people wrote the packet. Line ends stay.
fn shown(text: &str) -> String {
    text.split('\n').map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::lines_that_differ;

    #[test]
    fn only_the_lines_between_equal_lines_are_shown() {
        assert_eq!(lines_that_differ("a\nb\nc\n", "a\nx\ny\nc\n"), "@@ line 2 @@\n-b\n+x\n+y\n");
        assert_eq!(lines_that_differ("a\n", "a\na\n"), "@@ line 2 @@\n+a\n");
        assert_eq!(lines_that_differ("a\na\n", "a\n"), "@@ line 2 @@\n-a\n");
    }
}
