//! The query for the state of a tier: absent, applied, or altered with the first difference.
//!
//! A tier's own `state.sql` comes first. A tier that changes existing rows has `absent.sql` and `applied.sql`.
//! For every other tier, the query is composed from the shapes and rows in `derived.toml`.

use super::super::form::{Content, OF_COLUMNS, Shape, objects as objects_of, own_names, shapes};
use super::super::name::in_sql;
use super::super::page::Tier;
use super::composer::Composer;
use super::content::{content_present, content_question, digest_question};
use super::fill::{fill, literal};
use super::row::quoted;
use std::collections::BTreeSet;

const SHAPES: &str = include_str!("../frames/state_shapes.sql");
const STRANGE: &str = include_str!("../frames/state_strange.sql");
const RECOGNISED: &str = include_str!("../frames/recognised.sql");
const JOINED: &str = include_str!("../frames/state_joined.sql");

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
const PARTS: [(&str, &str, &str); 7] = [
    ("pg_attrdef", "adrelid", "relation"),
    ("pg_constraint", "conrelid", "relation"),
    ("pg_constraint", "contypid", "type"),
    ("pg_rewrite", "ev_class", "relation"),
    ("pg_trigger", "tgrelid", "relation"),
    ("pg_policy", "polrelid", "relation"),
    ("pg_statistic_ext", "stxrelid", "relation"),
];
/// Reads the result that the check loop stored, see [`Composer::authors`].
const AUTHOR_SAID: &str = "$q$SELECT pg_catalog.current_setting('oneroof.author')$q$";
const UNION: &str = "\n    UNION ALL\n";

impl Composer<'_> {
    /// The query for a tier's state, as an expression that returns the query's text. A table that does not exist is not read.
    pub(super) fn state(&self, tier: &Tier) -> Result<String, String> {
        let file = |name: &str| self.source(&format!("{}/{name}.sql", tier.folder)).ok();
        if let Some(text) = file("state") {
            let state = quoted(text.trim_end());
            return Ok(if tier.creates { state } else { self.where_tables_are(tier, &state) });
        }
        let mut questions = Vec::new();
        if !tier.shapes.is_empty() {
            let objects: Vec<String> =
                tier.shapes.iter().map(|shape| format!("({})", literal(&shape.object))).collect();
            let own = |(catalogue, column, kind): &(&str, &str, &str)| {
                format!(
                    "    SELECT held.tableoid, held.oid, held.ctid, held.xmin FROM own JOIN pg_catalog.{catalogue} AS held ON held.{column} = ANY (own.{kind}s)"
                )
            };
            let places = [
                ("parts", PARTS.each_ref().map(own).join(UNION)),
                ("question", quoted(self.shapes(tier).trim_end())),
                ("objects", objects.join(", ")),
                ("oids", objects_of("packet", "named", &self.page.formerly(tier))),
                ("absent", absent(tier)),
            ];
            let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
            questions.push(("its objects".to_owned(), fill(RECOGNISED, &places).trim_end().to_owned()));
        }
        let (listed, many): (Vec<&Content>, Vec<&Content>) =
            tier.contents.iter().partition(|content| content.digest.is_none());
        // A tier may insert rows into tables of its own, which are missing before it, and into existing tables, which are always there.
        let (own, existing): (Vec<&Content>, Vec<&Content>) =
            listed.into_iter().partition(|content| tier.made(&content.table));
        for listed in [own, existing].iter().filter(|listed| !listed.is_empty()) {
            let names: Vec<&str> = listed.iter().map(|content| content.table.as_str()).collect();
            let state = self.where_they_are(tier, &names, &quoted(&content_question(listed)));
            questions.push((rows_of(&names), self.where_columns_are(listed, state)));
        }
        let author = self.author(tier);
        for content in many {
            if content.key.is_empty() {
                let state = self.where_they_are(tier, &[&content.table], &quoted(&digest_question(content)));
                questions.push((rows_of(&[&content.table]), self.where_columns_are(&[content], state)));
            } else if author.is_none() {
                return Err(format!(
                    "{}: it puts {} rows into {}, an existing table: absent.sql and applied.sql must tell its rows from others",
                    tier.folder, content.count, content.table
                ));
            }
        }
        if author.is_some() {
            questions.push(("the rows that applied.sql looks for".to_owned(), AUTHOR_SAID.to_owned()));
        }
        match questions.as_slice() {
            [] => Err(format!(
                "{}: nothing tells whether the tier is applied; oneroof packet build derives it",
                tier.folder
            )),
            [(_, one)] => Ok(one.clone()),
            several => Ok(joined(several)),
        }
    }

    fn shapes(&self, tier: &Tier) -> String {
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

    /// `state` if every table that the tier writes exists, see [`Self::where_they_are`].
    pub(super) fn where_tables_are(&self, tier: &Tier, state: &str) -> String {
        self.where_they_are(tier, &tier.writes.iter().map(String::as_str).collect::<Vec<_>>(), state)
    }

    /// `state` if all the tables exist. `absent` if none of them exists, or none of those that an earlier tier creates: then the earlier tier
    /// is absent too.
    fn where_they_are(&self, tier: &Tier, tables: &[&str], state: &str) -> String {
        let is_earlier = |table: &str| {
            self.page.tiers.iter().any(|other| other.number < tier.number && other.own.iter().any(|own| own == table))
        };
        let counted = |tables: &mut dyn Iterator<Item = &&str>| {
            let known: Vec<String> =
                tables.map(|table| format!("pg_catalog.to_regclass({})", literal(&in_sql(table)))).collect();
            (!known.is_empty()).then(|| format!("pg_catalog.num_nonnulls({})", known.join(", ")))
        };
        let Some(all) = counted(&mut tables.iter()) else { return state.to_owned() };
        let earlier = counted(&mut tables.iter().filter(|table| is_earlier(table))).unwrap_or_else(|| all.clone());
        let count = tables.len();
        format!(
            "CASE\n                        WHEN {earlier} = 0 THEN $q$SELECT 'absent'$q$\n                        WHEN {all} = {count} THEN {state}\n                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$\n                    END"
        )
    }

    /// The condition that any part of a tier exists. The rollback of tier `below` checks it. `present.sql` or `absent.sql` of the tier
    /// decides, if there is one. Otherwise its objects and rows decide. Rows of a table are left out if a tier above `below` created the
    /// table, or this tier or an earlier one changed it: without that tier the table or a column may be missing, and the query would fail.
    pub(super) fn present(&self, tier: &Tier, below: u8) -> String {
        if let Ok(text) = self.source(&format!("{}/present.sql", tier.folder)) {
            return text.trim_end().to_owned();
        }
        if let Ok(text) = self.source(&format!("{}/absent.sql", tier.folder)) {
            return format!("NOT coalesce(({}), false)", text.trim_end());
        }
        let between = |table: &String| {
            self.page.tiers.iter().any(|other| {
                let shapes = other.number < tier.number && other.shapes.iter().any(|shape| shape.object == *table);
                let of_its_own = other.number == tier.number && (other.made(table) || other.reshapes(table));
                other.number > below && (shapes || of_its_own)
            })
        };
        let filled = tier.contents.iter().filter(|content| !between(&content.table));
        let rows = filled.map(content_present);
        let objects = tier.own.iter().map(|object| object_present(object));
        let conditions: Vec<String> = rows.chain(objects).collect();
        if conditions.is_empty() {
            "false".to_owned()
        } else {
            conditions.join("\n                                OR ")
        }
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

/// The rows of these tables in words.
fn rows_of(tables: &[&str]) -> String {
    format!("the rows of {}", tables.join(", "))
}

/// Joins several expressions that each return the text of a query into one expression. The first member of each pair names, for messages, what
/// the query looks at.
fn joined(several: &[(String, String)]) -> String {
    let question = |(what, question): &(String, String)| {
        format!("'SELECT (' || {question} || {}", literal(&format!("), {}", literal(what))))
    };
    let questions: Vec<String> = several.iter().map(question).collect();
    fill(JOINED, &[("questions", &questions.join(" || ' UNION ALL ' || "))]).trim_end().to_owned()
}

/// The CASE branch for a tier whose objects are all missing. Empty for a tier that adds parts to the objects of others.
fn absent(tier: &Tier) -> String {
    if !tier.shapes.iter().all(|shape| tier.made(&shape.object)) {
        return String::new();
    }
    let there: Vec<String> = tier.own.iter().map(|object| object_present(object)).collect();
    format!("        WHEN NOT ({})\n            THEN $q$SELECT 'absent'$q$\n", there.join("\n            OR "))
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

/// The condition that an object which the tier created exists.
fn object_present(object: &str) -> String {
    let function = match object.split_once(' ') {
        Some(("type", _)) => "to_regtype",
        Some(("schema", _)) => "to_regnamespace",
        _ if object.contains('(') => return function_present(object),
        _ => "to_regclass",
    };
    let name = object.strip_prefix("type ").or_else(|| object.strip_prefix("schema ")).unwrap_or(object);
    format!("pg_catalog.{function}({}) IS NOT NULL", literal(&in_sql(name)))
}

/// Compares name and argument types as text: before PostgreSQL 16, `to_regprocedure` fails if an argument's type does not exist.
fn function_present(object: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_proc AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace \
         WHERE f.proname = {} AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = {})",
        literal(object.split_once('(').map_or(object, |(name, _)| name).rsplit('.').next().unwrap_or_default()),
        literal(object)
    )
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
