//! The values of the placeholders in the engine's SQL. They are names and numbers from the page.

use super::super::form::{constraints, effects, objects};
use super::super::name::{identifier, in_sql};
use super::super::page::Descriptor;
use super::fill::{fill, literal};

/// The names of the placeholders, each with its value.
#[derive(Debug)]
pub(super) struct Places(Vec<(&'static str, String)>);

impl Places {
    /// Collects the values from `page`.
    pub(super) fn of(page: &Descriptor) -> Self {
        let mut places = release(page);
        places.extend(approval(page));
        places.extend(levels(page));
        Self(places)
    }

    /// The placeholders as pairs of name and value, as [`super::fill::fill`] takes them.
    pub(super) fn list(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

fn release(page: &Descriptor) -> Vec<(&'static str, String)> {
    let release = &page.release;
    let listed = |items: Vec<String>| items.join(", ");
    let drops = release.commands.iter().any(|command| command.starts_with("DROP ") || command.starts_with("ALTER "));
    let made_in = page.made_in();
    let names =
        page.contract.iter().map(|known| known.object.as_str()).chain(page.relations().into_iter().map(String::as_str));
    let bare = names.map(|name| literal(name.split_once('.').map_or(name, |(_, bare)| bare)));
    vec![
        ("database", release.database.clone()),
        ("clone_pattern", page.clone_rule().to_owned()),
        ("clone_form", page.clone_name("YYYYMMDD")),
        ("servers", majors_in_words(&release.servers)),
        ("majors", listed(release.servers.iter().map(u32::to_string).collect())),
        ("commands", listed(release.commands.iter().map(|command| literal(command)).collect())),
        ("drops", drops.to_string()),
        ("locks", release.locks.to_string()),
        (
            "made_in",
            if made_in.is_empty() {
                "(NULL)".to_owned()
            } else {
                listed(made_in.iter().map(|name| format!("({})", literal(name))).collect())
            },
        ),
        ("names", listed(bare.collect())),
        ("effects", effects(&page.writes, &page.renamed())),
        ("constraints", constraints(&page.writes, &page.renamed())),
        ("known", listed(page.effects.iter().map(|words| literal(words)).collect())),
        ("rights", listed(page.rights.iter().map(|right| right_row(right)).collect())),
        ("keys", listed(page.keys.iter().map(|key| key_row(key)).collect())),
        ("reworked", listed(page.owned_beside().into_iter().map(|name| format!("({})", literal(name))).collect())),
        ("wanted_oids", objects("known", "wanted", &[])),
        ("schema", page.shadow.as_ref().map(|shadow| shadow.schema.clone()).unwrap_or_default()),
    ]
}

/// A right, such as `USAGE type public.mood`, as a row: the right and the object.
fn right_row(right: &str) -> String {
    let words: Vec<String> = right.splitn(2, ' ').map(literal).collect();
    format!("({})", words.join(", "))
}

/// A key, such as `unique (code) of public.item`, as a row: the table, the kind of the key, its columns or its name, and the whole text.
fn key_row(key: &str) -> String {
    let (what, table) = key.rsplit_once(" of ").unwrap_or((key, ""));
    let (kind, columns) = match what.split_once(" (") {
        Some((kind, columns)) => (kind, columns.trim_end_matches(')')),
        None => what.split_once(' ').unwrap_or((what, "")),
    };
    let words: Vec<String> = [&in_sql(table), kind, columns, key].into_iter().map(literal).collect();
    format!("({})", words.join(", "))
}

fn approval(page: &Descriptor) -> Vec<(&'static str, String)> {
    let gate = &page.gate;
    let (schema, name) = gate.table.split_once('.').unwrap_or(("public", &gate.table));
    let level = gate.columns.level.as_ref();
    let level = level
        .map_or_else(|| "NULL::text".to_owned(), |column| format!("ospa.{}::text COLLATE \"C\"", identifier(column)));
    vec![
        ("table", in_sql(&gate.table)),
        ("approval_schema", schema.to_owned()),
        ("approval_name", name.to_owned()),
        ("code", identifier(&gate.columns.code)),
        ("who", identifier(&gate.columns.who)),
        ("level", level),
        ("signature", identifier(&gate.columns.signature)),
        ("at", identifier(&gate.columns.at)),
        ("code_pattern", gate.apr_pattern.clone()),
        ("code_example", gate.apr_example.clone()),
        ("ask", gate.human_step.clone()),
        ("human_step", gate.human_step.replace('\'', "''")),
        ("unbound", if gate.bound { "names no release" } else { "approved" }.to_owned()),
        ("unbound_signed", if gate.bound { "names no release" } else { "signed" }.to_owned()),
    ]
}

fn levels(page: &Descriptor) -> Vec<(&'static str, String)> {
    let gate = &page.gate;
    let words: Vec<String> = gate
        .levels
        .iter()
        .map(|(level, people)| if *people == 1 { level.clone() } else { format!("{people} of {level}") })
        .collect();
    let quorum = words.join(" and ");
    let rows: Vec<String> =
        gate.levels.iter().map(|(level, people)| format!("({}, {people})", literal(level))).collect();
    let needed = if rows.is_empty() {
        "SELECT NULL::text, 0 WHERE false".to_owned()
    } else {
        format!("VALUES {}", rows.join(", "))
    };
    let twice = if gate.distinct { include_str!("../frames/twice.sql").trim_end() } else { "NULL::text" };
    let places = approval(page);
    let pairs: Vec<(&str, &str)> = places.iter().map(|(name, value)| (*name, value.as_str())).collect();
    vec![
        ("quorum_literal", literal(&quorum)),
        ("quorum", quorum),
        ("levels", rows.join(", ")),
        ("needed", needed),
        ("warning", if gate.stops { String::new() } else { "-- warning\n".to_owned() }),
        ("twice", fill(twice, &pairs)),
        ("options", options(page)),
    ]
}

/// What people can do while the gate is closed, as rows of a VALUES list.
fn options(page: &Descriptor) -> String {
    let mut ways = vec![
        format!("Ratify: {} Then oneroof preflight, apply.", page.gate.human_step),
        "Hold: do nothing; nothing gets worse by waiting, and oneroof plan, preflight and status keep working."
            .to_owned(),
    ];
    if page.shadow.is_some() {
        ways.push("Shadow: oneroof shadow deploy puts some tiers, inert, into a schema of their own; it needs no ratification, and oneroof shadow drop removes it.".to_owned());
    }
    if page.release.clone_database.is_some() {
        ways.push("Rehearse: oneroof clone create and clone run prove the whole pipeline on a clone, where the gate is waived by the clone's name.".to_owned());
    }
    let rows: Vec<String> =
        ways.iter().zip(1..).map(|(words, place)| format!("        ({place}, {})", literal(words))).collect();
    rows.join(",\n")
}

/// Supported server majors in words, such as `13 to 18`, or `13 to 15, 17`.
fn majors_in_words(majors: &[u32]) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for major in majors {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *major => *last = *major,
            _ => spans.push((*major, *major)),
        }
    }
    let words =
        spans.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first} to {last}") });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::majors_in_words;

    #[test]
    fn majors_are_written_as_ranges() {
        assert_eq!(majors_in_words(&[13, 14, 15, 16, 17, 18]), "13 to 18");
        assert_eq!(majors_in_words(&[13, 14, 15, 17]), "13 to 15, 17");
        assert_eq!(majors_in_words(&[]), "");
    }
}
