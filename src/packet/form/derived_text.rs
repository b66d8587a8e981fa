//! Writes `derived.toml` as text. The same facts always give the same bytes, so the text contains no time, path or duration.

use super::declared::{Contracted, Delta, Governed, ProofRow};
use super::derived::{Content, Derived, DerivedTier, Objects, Shape};
use super::rule::Rule;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The comment at the top of the file. It names the program that wrote it.
const HEAD: &str = "\
# Written by `oneroof packet build`, which ran the release on a throwaway server; `oneroof packet check --prove` runs it again and compares.
";

/// The maximum width of a line. A longer line is broken if there is a place for a break.
const WIDTH: usize = 160;

impl Derived {
    /// The text of the whole file.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}\nformat = {}\n", self.format);
        let servers: Vec<String> = self.servers.iter().map(u32::to_string).collect();
        let _ = writeln!(text, "servers = [{}]", servers.join(", "));
        list(&mut text, "after", &self.after);
        list(&mut text, "commands", &self.commands);
        if self.locks > 0 {
            let _ = writeln!(text, "locks = {}", self.locks);
        }
        list(&mut text, "apart", &self.apart);
        list(&mut text, "met", &self.met);
        list(&mut text, "rights", &self.rights);
        list(&mut text, "keys", &self.keys);
        list(&mut text, "writes", &self.writes);
        list(&mut text, "effects", &self.effects);
        list(&mut text, "overloads", &self.overloads);
        for known in &self.requires {
            contracted(&mut text, known);
        }
        objects(&mut text, &self.objects);
        for table in &self.governed {
            governed(&mut text, table);
        }
        for one in &self.tiers {
            tier(&mut text, one);
        }
        text
    }
}

fn contracted(text: &mut String, known: &Contracted) {
    text.push_str("\n[[requires]]\n");
    pair(text, "object", &known.object);
    pair(text, "kind", &known.kind);
    if !known.columns.is_empty() {
        words(text, "columns", &known.columns);
    }
    pair(text, "needs", &known.needs);
}

fn objects(text: &mut String, objects: &Objects) {
    let Objects { schemas, tables, views, sequences, functions, types } = objects;
    let lists = [
        ("schemas", schemas),
        ("tables", tables),
        ("views", views),
        ("sequences", sequences),
        ("functions", functions),
        ("types", types),
    ];
    if lists.iter().any(|(_, names)| !names.is_empty()) {
        text.push_str("\n[objects]\n");
    }
    for (key, names) in lists {
        list(text, key, names);
    }
}

fn governed(text: &mut String, governed: &Governed) {
    text.push_str("\n[[governed]]\n");
    pair(text, "table", &governed.table);
    list(text, "columns", &governed.columns);
    list(text, "volatile", &governed.volatile);
}

fn tier(text: &mut String, tier: &DerivedTier) {
    text.push_str("\n[[tier]]\n");
    pair(text, "name", &tier.name);
    if tier.creates {
        text.push_str("creates = true\n");
    }
    list(text, "alters", &tier.alters);
    list(text, "writes", &tier.writes);
    list(text, "touches", &tier.touches);
    list(text, "exclusive", &tier.exclusive);
    list(text, "down_exclusive", &tier.down_exclusive);
    list(text, "adds", &tier.adds);
    list(text, "deletes", &tier.deletes);
    list(text, "down_deletes", &tier.down_deletes);
    list(text, "copies", &tier.copies);
    rows(text, "rows", &tier.rows);
    rows(text, "down_rows", &tier.down_rows);
    if let Some(proof) = &tier.proof {
        proof_row(text, proof);
    }
    for one in &tier.rules {
        rule(text, one);
    }
    for one in &tier.shapes {
        shape(text, one);
    }
    for one in &tier.contents {
        content(text, one);
    }
}

fn rows(text: &mut String, key: &str, rows: &BTreeMap<String, Delta>) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n[tier.{key}]");
    for (table, delta) in rows {
        let kinds = [("inserted", delta.inserted), ("updated", delta.updated), ("deleted", delta.deleted)];
        let kinds = kinds.iter().filter(|(_, count)| *count != 0).map(|(kind, count)| format!("{kind} = {count}"));
        let _ = writeln!(text, "{} = {{ {} }}", quoted(table), kinds.collect::<Vec<_>>().join(", "));
    }
}

fn proof_row(text: &mut String, proof: &ProofRow) {
    text.push_str("\n[tier.proof]\n");
    pair(text, "table", &proof.table);
    if let Some(column) = &proof.column {
        pair(text, "column", column);
    }
    if let Some(value) = &proof.value {
        pair(text, "value", value);
    }
    if proof.relation {
        text.push_str("relation = true\n");
    }
}

fn rule(text: &mut String, rule: &Rule) {
    text.push_str("\n[[tier.rule]]\n");
    pair(text, "table", &rule.table);
    pair(text, "name", &rule.name);
    if rule.certain {
        text.push_str("certain = true\n");
    }
    if let Some(obstacle) = rule.obstacle {
        pair(text, "obstacle", obstacle.name());
    }
    words(text, "question", &rule.question);
}

fn shape(text: &mut String, shape: &Shape) {
    text.push_str("\n[[tier.shape]]\n");
    pair(text, "object", &shape.object);
    if !shape.from.is_empty() {
        pair(text, "from", &shape.from);
    }
    words(text, "parts", &shape.parts);
    if !shape.before.is_empty() {
        words(text, "before", &shape.before);
    }
    if shape.remade {
        text.push_str("remade = true\n");
    }
    if shape.renamed {
        text.push_str("renamed = true\n");
    }
    if shape.dropped {
        text.push_str("dropped = true\n");
    }
}

fn content(text: &mut String, content: &Content) {
    text.push_str("\n[[tier.content]]\n");
    pair(text, "table", &content.table);
    list(text, "key", &content.key);
    list(text, "columns", &content.columns);
    let _ = writeln!(text, "count = {}", content.count);
    if let Some(digest) = &content.digest {
        pair(text, "digest", digest);
    }
    if !content.rows.is_empty() {
        text.push_str("rows = [\n");
        for row in &content.rows {
            text.push_str(&format!("    {},\n", quoted(row)));
        }
        text.push_str("]\n");
    }
}

fn pair(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {}", quoted(value));
}

/// Writes a list on one line, or on several lines if it is too long. An empty list is left out.
fn list(text: &mut String, key: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    let line = format!("{key} = [{}]", values.join(", "));
    if line.chars().count() <= WIDTH {
        let _ = writeln!(text, "{line}");
        return;
    }
    let values: Vec<String> = values.iter().map(|value| format!("{value},")).collect();
    let _ = writeln!(text, "{key} = [\n    {}\n]", folded(&values, "\n    ", WIDTH - 4));
}

/// Writes a text of words. A long text is folded between two words: a line that ends with a backslash continues on the next line.
fn words(text: &mut String, key: &str, value: &str) {
    let line = format!("{key} = {}", quoted(value));
    if line.chars().count() <= WIDTH {
        let _ = writeln!(text, "{line}");
        return;
    }
    let words: Vec<String> = value.split(' ').map(escaped).collect();
    let _ = writeln!(text, "{key} = \"\"\"\\\n    {}\"\"\"", folded(&words, " \\\n    ", WIDTH - 6));
}

/// Joins words with blanks, in lines of at most `width` characters.
fn folded(words: &[String], line_end: &str, width: usize) -> String {
    let mut whole = String::new();
    let mut column = 0;
    for word in words {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            whole.push_str(line_end);
            column = 0;
        }
        if column > 0 {
            whole.push(' ');
            column += 1;
        }
        whole.push_str(word);
        column += length;
    }
    whole
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Escapes a text for a basic string of TOML.
fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => whole.push_str("\\\""),
            '\\' => whole.push_str("\\\\"),
            '\n' => whole.push_str("\\n"),
            '\t' => whole.push_str("\\t"),
            '\r' => whole.push_str("\\r"),
            letter if letter.is_control() => whole.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => whole.push(letter),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::rule::Obstacle;
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn sample() -> Derived {
        let long: Vec<String> = (0..40).map(|number| format!("column.c{number}:{number:08x}")).collect();
        let delta = |inserted, updated, deleted| Delta { inserted, updated, deleted };
        let tier = DerivedTier {
            name: "seed".to_owned(),
            creates: true,
            alters: texts(&["public.item"]),
            adds: texts(&["public.item.title"]),
            deletes: texts(&["public.log"]),
            down_deletes: texts(&["public.log", "public.item"]),
            copies: texts(&["public.kept"]),
            writes: texts(&["public.item"]),
            rows: [("public.item".to_owned(), delta(3, 1, 0))].into(),
            down_rows: [("public.item".to_owned(), delta(0, 1, 3))].into(),
            proof: Some(ProofRow {
                table: "public.item".to_owned(),
                column: Some("code".to_owned()),
                value: Some("a \"quote\"\n".to_owned()),
                relation: false,
            }),
            rules: vec![Rule {
                table: "public.item".to_owned(),
                name: "item_code_key".to_owned(),
                question: "SELECT 'none' FROM public.item".to_owned(),
                certain: true,
                obstacle: Some(Obstacle::PrimaryKey),
            }],
            shapes: vec![Shape {
                object: "public.item".to_owned(),
                parts: long.join(" "),
                before: "column.c1:0000abcd".to_owned(),
                remade: true,
                from: "public.thing".to_owned(),
                renamed: true,
                dropped: true,
            }],
            contents: vec![Content {
                table: "public.item".to_owned(),
                key: texts(&["code"]),
                columns: texts(&["code", "title"]),
                rows: texts(&["(a,\"b \"\"c\"\" \\\\ \u{7}\")", "(é,)"]),
                digest: None,
                count: 2,
            }],
            ..DerivedTier::default()
        };
        Derived {
            format: 1,
            servers: vec![13, 14, 15],
            after: texts(&["base sha256:00ff"]),
            commands: texts(&["ALTER TABLE", "CREATE TABLE"]),
            locks: 64,
            apart: vec!["apply".to_owned()],
            rights: vec!["USAGE type public.mood".to_owned()],
            keys: vec!["unique (code, place) of public.item".to_owned()],
            writes: vec!["insert public.setting".to_owned()],
            effects: vec!["trigger audit of public.setting".to_owned()],
            overloads: vec!["public.price(integer)".to_owned()],
            met: texts(&["gap = 210"]),
            requires: vec![Contracted {
                object: "public.item".to_owned(),
                kind: "table".to_owned(),
                columns: "code:string title:string".to_owned(),
                needs: "SELECT INSERT".to_owned(),
            }],
            objects: Objects {
                tables: (0..20).map(|number| format!("public.table_number_{number}")).collect(),
                ..Objects::default()
            },
            tiers: vec![tier.clone(), DerivedTier { name: "idle".to_owned(), ..DerivedTier::default() }],
            governed: vec![Governed {
                table: "public.item".to_owned(),
                columns: texts(&["code", "title"]),
                volatile: texts(&["title"]),
            }],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let derived = sample();
        let text = derived.text();
        let read: Derived = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(read, derived);
        assert_eq!(read.text(), text);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn what_is_empty_is_not_written() {
        let derived = Derived {
            after: Vec::new(),
            met: Vec::new(),
            apart: Vec::new(),
            rights: Vec::new(),
            keys: Vec::new(),
            writes: Vec::new(),
            effects: Vec::new(),
            overloads: Vec::new(),
            tiers: Vec::new(),
            requires: Vec::new(),
            governed: Vec::new(),
            objects: Objects::default(),
            ..sample()
        };
        let text = derived.text();
        assert_eq!(
            text,
            format!(
                "{HEAD}\nformat = 1\nservers = [13, 14, 15]\ncommands = [\"ALTER TABLE\", \"CREATE TABLE\"]\nlocks = 64\n"
            )
        );
        assert!(!text.contains("[objects]"));
    }
}
