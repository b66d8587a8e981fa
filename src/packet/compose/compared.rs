//! The query that compares the objects of a tier with what was shipped: the tier's own objects, and the parts that it changes of existing ones.

use super::super::form::{OF_COLUMNS, Shape, objects as objects_of, own_names, shapes};
use super::super::name::in_sql;
use super::super::page::Tier;
use super::composer::Composer;
use super::fill::{fill, literal};
use std::collections::BTreeSet;

const SHAPES: &str = include_str!("../frames/state_shapes.sql");
const STRANGE: &str = include_str!("../frames/state_strange.sql");

/// The branches for a tier that changes existing objects, if no part of the tier is there.
const STRANGE_BRANCHES: &str = "        AND NOT EXISTS (SELECT FROM strange)
        AND NOT EXISTS (SELECT FROM moved WHERE NOT moved.stays)
        THEN 'absent'
    WHEN NOT EXISTS (SELECT FROM made) AND NOT EXISTS (SELECT FROM shipped_already)
        THEN 'altered: ' || (SELECT pg_catalog.min(strange.words COLLATE \"C\") FROM strange)\n";

/// A part that the tier removed must not be there, unless a later tier created it again. The former name of a renamed object must be free.
const AGAIN: &str = "    UNION ALL
    SELECT 2, pg_catalog.format('%s of %s is there again', pg_catalog.translate(live.part, '.~', '  '), live.object)
    FROM live
    JOIN gone ON gone.object = live.object AND gone.part = live.part
    WHERE NOT EXISTS (
        SELECT FROM afterwards
        WHERE afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest IN (live.digest, '*'))
    UNION ALL
    SELECT 2, moved.former || ' is there again'
    FROM moved
    JOIN present ON present.object = moved.former
    WHERE NOT moved.stays AND NOT EXISTS (SELECT FROM expected WHERE expected.object = moved.former)\n";

/// The differences that a tier or its rollback would cause because it drops an object and creates it again.
const LOST: &str = include_str!("../frames/state_lost.sql");
const REMADE: &str = include_str!("../frames/state_remade.sql");

/// The catalogs whose rows belong to an object: the catalog, the column that holds the object's oid, and the kind of the object.
pub(super) const PARTS: [(&str, &str, &str); 7] = [
    ("pg_attrdef", "adrelid", "relation"),
    ("pg_constraint", "conrelid", "relation"),
    ("pg_constraint", "contypid", "type"),
    ("pg_rewrite", "ev_class", "relation"),
    ("pg_trigger", "tgrelid", "relation"),
    ("pg_policy", "polrelid", "relation"),
    ("pg_statistic_ext", "stxrelid", "relation"),
];

/// What joins the branches of such a list.
pub(super) const UNION: &str = "\n    UNION ALL\n";

impl Composer<'_> {
    /// The query that compares the objects of a tier with the parts in `derived.toml`.
    pub(super) fn shapes(&self, tier: &Tier) -> String {
        let row = |shape: &Shape| {
            let own = tier.creates_object(shape);
            let whole = own || shape.remade && !shape.dropped;
            format!("        ({}, {own}, {whole},\n{})", literal(&shape.object), in_lines(&shape.parts))
        };
        let rows: Vec<String> = tier.shapes.iter().map(row).collect();
        // A change that a later tier makes to an object of this tier does not count as an alteration of this tier.
        let above = self.page.tiers.iter().filter(|other| other.number > tier.number).flat_map(|other| &other.shapes);
        let ours = |object: &str| tier.made(object) || tier.shapes.iter().any(|shape| shape.object == object);
        let theirs = above.filter(|shape| ours(&shape.object));
        let later: Vec<String> =
            theirs.map(|shape| format!("        ({},\n{})", literal(&shape.object), in_lines(&shape.parts))).collect();
        let later = if later.is_empty() {
            "    SELECT NULL::text, NULL::text WHERE false".to_owned()
        } else {
            format!("    VALUES\n{}", later.join(",\n"))
        };
        let shapes =
            shapes(&own_names(&self.page.packet, self.page.shadow.as_ref().map(|shadow| shadow.schema.as_str())));
        let fellows = self.fellows(tier);
        // An earlier tier may have replaced the same part, and it may be rolled back too. So the digests from before that tier count as
        // well.
        let has_before = |shape: &&Shape| !shape.before.is_empty();
        let mine: Vec<&String> = tier.shapes.iter().filter(has_before).map(|shape| &shape.object).collect();
        let up_to = self.page.tiers.iter().filter(|other| other.number <= tier.number).flat_map(|other| &other.shapes);
        let replaced: Vec<String> = up_to
            .filter(|shape| has_before(shape) && mine.contains(&&shape.object))
            .map(|shape| format!("            ({},\n{})", literal(before_the_tier(shape)), in_lines(&shape.before)))
            .collect();
        let earlier = if replaced.is_empty() {
            String::new()
        } else {
            format!(
                "    UNION ALL\n    SELECT 'earlier', replaced.object, replaced.parts\n    FROM (\n        VALUES\n{}\n    ) AS replaced (object, parts)\n",
                replaced.join(",\n")
            )
        };
        let (grounds, strange, branches) = self.strange(tier);
        let only_rights = tier.shapes.iter().all(|shape| !tier.made(&shape.object) && shape.has_only_rights());
        let ours = |(catalogue, column, kind): &(&str, &str, &str)| {
            format!(
                "    SELECT 'pg_catalog.{catalogue}'::pg_catalog.regclass::oid, held.oid FROM ours JOIN pg_catalog.{catalogue} AS held ON held.{column} = ours.{kind}"
            )
        };
        let places = [
            ("earlier", earlier),
            ("ground", grounds),
            ("strange", strange.trim_end().to_owned()),
            ("again", (if strange.is_empty() { "" } else { AGAIN }).to_owned()),
            ("branches", branches.to_owned()),
            ("renames", renames(tier)),
            ("of_columns", of_columns()),
            ("free", literal(if only_rights { "^$" } else { "^(grants|owner$)" })),
            ("parts", PARTS.each_ref().map(ours).join(UNION)),
            ("later", later),
            ("dropped", dropped(tier)),
            ("fellows", fellows),
            ("shipped", rows.join(",\n")),
            ("objects", objects_of("packet", "shipped", &self.page.formerly(tier))),
            ("others", objects_of("other", "fellow", &[])),
            ("shapes", shapes.trim_end().to_owned()),
        ];
        fill(SHAPES, &places.each_ref().map(|(name, text)| (*name, text.as_str())))
    }

    /// A query that lists the objects of the other tiers. Its second column is true for an object that a tier creates, and false for an existing
    /// object that a tier changes.
    fn fellows(&self, tier: &Tier) -> String {
        let mine = |object: &String| tier.made(object) || tier.shapes.iter().any(|shape| shape.object == *object);
        let others = || self.page.tiers.iter().filter(|other| other.number != tier.number);
        let own: BTreeSet<&String> = others().flat_map(|other| &other.own).collect();
        let changed = others().flat_map(|other| &other.shapes).map(|shape| &shape.object);
        let changed: BTreeSet<&String> = changed.filter(|object| !own.contains(object)).collect();
        let rows =
            own.into_iter().map(|object| (object, true)).chain(changed.into_iter().map(|object| (object, false)));
        let rows: Vec<String> = rows
            .filter(|(object, _)| !mine(object))
            .map(|(object, own)| format!("({}, {own})", literal(object)))
            .collect();
        if rows.is_empty() {
            "SELECT NULL::text, false WHERE false".to_owned()
        } else {
            format!("VALUES {}", rows.join(", "))
        }
    }

    /// For a tier that changes existing objects: their parts before the tier, the query for differences, and the branches that report them.
    fn strange(&self, tier: &Tier) -> (String, String, &'static str) {
        if tier.shapes.iter().all(|shape| tier.made(&shape.object)) {
            return (String::new(), String::new(), "        THEN 'absent'\n");
        }
        let row =
            |(object, words): &(String, String)| format!("            ({},\n{})", literal(object), in_lines(words));
        let rows: Vec<String> = self.ground(tier).iter().map(row).collect();
        let rows = if rows.is_empty() {
            String::new()
        } else {
            format!(
                "    UNION ALL\n    SELECT 'ground', known.object, known.parts\n    FROM (\n        VALUES\n{}\n    ) AS known (object, parts)\n",
                rows.join(",\n")
            )
        };
        let remade = tier.shapes.iter().filter(|shape| shape.remade && !tier.made(&shape.object));
        let remade: Vec<String> = remade.map(|shape| format!("({})", literal(&shape.object))).collect();
        let locked = tier.exclusive.iter().chain(&tier.down_exclusive).chain(&tier.touches).chain(&tier.alters);
        let touched: Vec<String> =
            locked.map(|name| format!("pg_catalog.to_regclass({})", literal(&in_sql(name)))).collect();
        let lost =
            if remade.is_empty() { String::new() } else { fill(LOST, &[("touched", touched.join(", ").as_str())]) };
        let remade = if remade.is_empty() {
            "SELECT NULL::text WHERE false".to_owned()
        } else {
            format!("VALUES {}", remade.join(", "))
        };
        let remade = fill(REMADE, &[("remade", remade.as_str())]);
        let of_columns = of_columns();
        let places = [("remade", remade.trim_end()), ("lost", lost.as_str()), ("of_columns", of_columns.as_str())];
        (rows, fill(STRANGE, &places), STRANGE_BRANCHES)
    }

    /// The parts that the tier changes or removes and that existed before the release, with their digests then.
    fn ground(&self, tier: &Tier) -> Vec<(String, String)> {
        let below =
            || self.page.tiers.iter().filter(|other| other.number < tier.number).flat_map(|other| &other.shapes);
        let is_ground = |object: &str, word: &&str| {
            let name = word.split(':').next().unwrap_or_default();
            let names = |words: &str| words.split(' ').any(|known| known.split(':').next() == Some(name));
            !below().any(|shape| shape.object == object && (names(&shape.parts) || names(&shape.before)))
        };
        let of = |shape: &Shape| {
            let words: Vec<&str> =
                shape.before.split(' ').filter(|word| is_ground(before_the_tier(shape), word)).collect();
            (before_the_tier(shape).to_owned(), words.join(" "))
        };
        let made = |shape: &&Shape| !shape.before.is_empty() && (!tier.made(&shape.object) || !shape.from.is_empty());
        tier.shapes.iter().filter(made).map(of).filter(|(_, words)| !words.is_empty()).collect()
    }
}

/// The name that the object has before the tier.
fn before_the_tier(shape: &Shape) -> &str {
    if shape.from.is_empty() { &shape.object } else { &shape.from }
}

/// The kinds of parts that belong to one column, as SQL literals.
fn of_columns() -> String {
    OF_COLUMNS.map(literal).join(", ")
}

/// A query that lists the objects that the tier renames, each with its new name and its former name.
fn renames(tier: &Tier) -> String {
    let renamed = tier.shapes.iter().filter(|shape| !shape.from.is_empty());
    let rows: Vec<String> =
        renamed.map(|shape| format!("({}, {})", literal(&shape.object), literal(&shape.from))).collect();
    if rows.is_empty() {
        "SELECT NULL::text, NULL::text WHERE false".to_owned()
    } else {
        format!("VALUES {}", rows.join(", "))
    }
}

/// An SQL condition that leaves out the objects that the tier drops. It is empty if the tier drops none.
fn dropped(tier: &Tier) -> String {
    let dropped: Vec<String> =
        tier.shapes.iter().filter(|shape| shape.dropped).map(|shape| literal(&shape.object)).collect();
    if dropped.is_empty() {
        return String::new();
    }
    format!("        AND packet.object NOT IN ({})\n", dropped.join(", "))
}

/// A long list of words as SQL literals, four words on a line, so that the line breaks do not depend on the length of the words.
fn in_lines(words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let lines: Vec<String> = words.chunks(4).map(|words| words.join(" ")).collect();
    let last = lines.len().saturating_sub(1);
    let quoted = lines.iter().zip(0..).map(|(line, at)| {
        let line = if at < last { format!("{line} ") } else { line.clone() };
        format!("            {}", literal(&line))
    });
    quoted.collect::<Vec<_>>().join("\n")
}
