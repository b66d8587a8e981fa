//! The three parts of a member: guard, body and assertions. Each part begins with a marker line, and the engine's frames are around them.

use super::super::name::in_sql;
use super::super::page::{Action, Descriptor, Revalidation, Shadow, Tier};
use super::super::rows::CheckRow;
use super::author::declare_for;
use super::composer::Composer;
use super::fill::{fill, literal};

const CHECKS: &str = include_str!("../frames/checks.sql");
const LOCKS: &str = include_str!("../frames/locks.sql");
const READ_ONLY: &str = include_str!("../frames/read_only.sql");
const GIVEN_BACK: &str = include_str!("../frames/given_back.sql");
const APPROVALS: &str = include_str!("../frames/approvals.sql");
const LACKING: &str = include_str!("../frames/lacking.sql");
const NOTE: &str = include_str!("../frames/note.sql");

/// The text at the head of preflight.
pub(super) const PREFLIGHT: &str = "\
-- Every precondition of the release, with expected and actual. All are checked, even after one fails. It only reads: run it in a
-- READ ONLY transaction, any day, as the role that will release. GO means that the tiers can run.
--
-- The list reads the catalog first, once for each family (columns, privileges, row security), and the data last. A warning
-- stops nothing.
";

/// The text at the head of verify.
pub(super) const VERIFY: &str = "\
-- The whole end state again: every tier row by row and by shape, and every figure. It needs no gate, so the result does
-- not depend on the gate. Run it after the last tier, and on any later day: psql -v ON_ERROR_STOP=1 -f. It only reads;
-- `oneroof verify` runs it READ ONLY.
";

/// The parts of a member, without the marker lines.
pub(super) struct Parts {
    /// The locks that are taken and the checks that are made before the body.
    pub guard: String,
    /// The statements that do the work of the member.
    pub body: String,
    /// The checks that are made after the body.
    pub assert: String,
    /// Whether the member runs in a transaction that may write.
    pub writes: bool,
}

impl Parts {
    /// The text of the whole member. `about` is the comment at its head.
    pub(super) fn text(&self, title: &str, about: &str) -> String {
        let (opening, closing) =
            if self.writes { (format!("{READ_ONLY}\n"), format!("\n{GIVEN_BACK}")) } else { Default::default() };
        format!(
            "-- {title}.\n--\n{about}-- oneroof:guard\n{opening}{}-- oneroof:body\n{}-- oneroof:assert\n{}{closing}",
            self.guard, self.body, self.assert
        )
    }
}

/// The pieces that a trial adds to the lock loop: it waits for no lock, and the rollback of each block's subtransaction releases the lock.
const TRIAL: [&str; 3] = [
    " NOWAIT",
    "                RAISE EXCEPTION USING ERRCODE = 'OR004', MESSAGE = 'the trial releases the lock here';\n",
    "                WHEN read_only_sql_transaction THEN
                    -- A standby takes no such lock. A later check reports the standby.
                    held := 'not known: this server takes no locks: ' || item.relation;
                WHEN lock_not_available THEN
                    held := 'not known: another session holds a lock on it now: ' || item.relation;
                WHEN SQLSTATE 'OR004' THEN
                    NULL;\n",
];

/// The locks of a guard, in the order in which the guard takes them: place, kind, relation, mode.
pub(super) struct Locks<'p>(Vec<(u8, &'static str, &'p str, &'static str)>);

/// The lock mode for a table whose rows a tier writes. Other sessions may read the table but not write it.
const WRITTEN: &str = "SHARE ROW EXCLUSIVE";

impl<'p> Locks<'p> {
    fn held(page: &'p Descriptor) -> impl Iterator<Item = (u8, &'static str, &'p str, &'static str)> {
        page.release.hold.iter().map(|relation| (3, "seam", relation.as_str(), "SHARE"))
    }

    fn targets(
        relations: impl Iterator<Item = &'p String>,
        mode: &'static str,
    ) -> Vec<(u8, &'static str, &'p str, &'static str)> {
        let mut targets: Vec<_> = relations.map(|relation| (2, "target", relation.as_str(), mode)).collect();
        targets.sort_unstable();
        targets
    }

    /// The locks of a tier: on the gate, on the tables that the tier writes, and on the relations that must not change while it runs.
    pub(super) fn of_tier(page: &'p Descriptor, tier: &'p Tier) -> Self {
        let gate = (1, "gate", page.gate.table.as_str(), "SHARE");
        let mut targets = Self::targets(tier.locked(), WRITTEN);
        // Only relations that the tier alters are locked ACCESS EXCLUSIVE in advance, because the role owns them. Other relations that a
        // statement locks are left to the statement, because LOCK TABLE could need a privilege that the role does not have.
        let exclusive: Vec<&String> = tier.exclusive.iter().filter(|name| page.is_altered_table(tier, name)).collect();
        targets.retain(|(_, _, relation, _)| !exclusive.iter().any(|name| name == relation));
        targets.extend(Self::targets(exclusive.into_iter(), "ACCESS EXCLUSIVE"));
        Self(std::iter::once(gate).chain(targets).chain(Self::held(page)).collect())
    }

    /// The locks that preflight tries to take: on the gate, and on the relations that must not change while a tier runs.
    pub(super) fn of_preflight(page: &'p Descriptor) -> Self {
        Self(std::iter::once((1, "gate", page.gate.table.as_str(), "SHARE")).chain(Self::held(page)).collect())
    }

    /// The locks of a rollback: on the tables whose rows it restores, and on the tables that it drops or alters (ACCESS EXCLUSIVE).
    pub(super) fn of_rollback(page: &'p Descriptor, tier: &'p Tier) -> Self {
        let made = page.packet.tables.iter().filter(|table| tier.made(table));
        let altered = tier.down_exclusive.iter().filter(|name| page.is_altered_table(tier, name));
        let exclusive: Vec<&String> = made.chain(altered).collect();
        let written = tier.locked().filter(|table| !exclusive.contains(table));
        let mut targets = Self::targets(written, WRITTEN);
        targets.extend(Self::targets(exclusive.iter().copied(), "ACCESS EXCLUSIVE"));
        Self(targets)
    }

    /// The locks of an action: on the tables that it writes and, if `hold` is set, on the relations that must not change while it runs.
    pub(super) fn of_action(page: &'p Descriptor, action: &'p Action) -> Self {
        let held = action.hold.then(|| Self::held(page)).into_iter().flatten();
        Self(Self::targets(action.run.writes.iter(), WRITTEN).into_iter().chain(held).collect())
    }
}

impl Composer<'_> {
    /// A check loop over `rows`.
    pub(super) fn checks(&self, rows: &[CheckRow]) -> Result<String, String> {
        let texts: Result<Vec<String>, String> = rows.iter().map(|row| self.row(row)).collect();
        Ok(self.check_loop(&format!("            VALUES\n{}", listed(&texts?)), &self.authors(rows, None), ""))
    }

    /// The check loop around a list of rows. The author's own checks run with the `search_path` of the author's statements.
    fn check_loop(&self, rows: &str, author: &str, lacking: &str) -> String {
        let mut path = String::new();
        let mut back = "";
        if !self.page.release.is_plain_path() {
            let own = self.sources.keys().filter_map(|path| path.strip_prefix("checks/")?.strip_suffix(".sql"));
            let own: Vec<String> = own.map(literal).collect();
            // This check makes the query `absent.sql` of the tiers above.
            let own = [own, vec![literal("higher_tiers")]].concat();
            path = format!(
                "            PERFORM pg_catalog.set_config('search_path', CASE WHEN item.name IN ({}) THEN {} ELSE 'pg_catalog, pg_temp' END, true);\n",
                own.join(", "),
                literal(&self.page.release.sealed_path())
            );
            back = "    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);\n";
        }
        let places = [
            ("rows", rows),
            ("path", path.as_str()),
            ("path_back", back),
            ("author", author),
            ("declare", declare_for(author)),
            ("lacking", lacking),
        ];
        fill(CHECKS, &places)
    }

    /// Adds the packet's `search_path` before a body. The assertions after the body set the engine's `search_path` again.
    pub(super) fn under_path(&self, body: String) -> String {
        if self.page.release.is_plain_path() {
            return body;
        }
        format!(
            "-- The author's statements look for names here.\nSET LOCAL search_path = {};\n\n{body}",
            self.page.release.sealed_path()
        )
    }

    /// The check loops of preflight: the facts that the families of checks read, then the rows and families in the order of the page.
    /// Checks at the beginning of the list that can stop it form a separate loop before the others, because the problem that they find
    /// would make the long query fail.
    pub(super) fn preflight(&self) -> Result<String, String> {
        let rows = self.rows.preflight();
        let stops = rows.iter().take_while(|row| self.row(row).is_ok_and(|text| text.contains("', 'stop', "))).count();
        let (first, rows) = rows.split_at(stops);
        let first = if first.is_empty() { String::new() } else { self.checks(first)? + "\n" };
        let mut groups: Vec<String> = Vec::new();
        let mut plain: Vec<String> = Vec::new();
        let close = |plain: &mut Vec<String>, groups: &mut Vec<String>| {
            if !plain.is_empty() {
                groups.push(format!("VALUES\n{}", listed(plain)));
                plain.clear();
            }
        };
        for row in rows {
            match self.source(&format!("preflight/{}.sql", row.name())) {
                Ok(family) => {
                    close(&mut plain, &mut groups);
                    groups.push(self.included(&family)?.trim_end().to_owned());
                }
                Err(_) => plain.push(self.row(row)?),
            }
        }
        close(&mut plain, &mut groups);
        let facts = self.included(&self.source(super::super::given::FACTS)?)?;
        let lacking = if rows.iter().any(|row| matches!(row, CheckRow::State(..))) { LACKING } else { "" };
        let authors = self.authors(rows, Some("item.expected = 'absent' AND item.name <> 'state.1'"));
        let list = format!("{}\n{}", facts.trim_end(), groups.join("\nUNION ALL\n"));
        Ok(first + &self.check_loop(&list, &authors, lacking))
    }

    /// Replaces the `-- include: NAME` lines of a source by `parts/NAME.sql`. The names `contract`, `packet` and `schemas` stand for rows
    /// from the page: the contract, the names that the release needs, and its schemas.
    pub(super) fn included(&self, text: &str) -> Result<String, String> {
        let mut whole = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            match line.trim().strip_prefix("-- include: ") {
                Some("contract") => whole.push_str(&self.contract()),
                Some("packet") => whole.push_str(&self.names()),
                Some("schemas") => whole.push_str(&self.schemas()),
                Some(name) => whole.push_str(&self.included(&self.source(&format!("parts/{name}.sql"))?)?),
                None => whole.push_str(line),
            }
        }
        Ok(whole)
    }

    /// The contract as rows: place, label, schema, name, kind, columns, privileges, and whether the release writes, holds or only reads the
    /// object.
    fn contract(&self) -> String {
        let page = self.page;
        let written: Vec<&String> = page.tiers.iter().flat_map(|tier| &tier.writes).chain([&page.gate.table]).collect();
        let rows: Vec<String> = page
            .contract
            .iter()
            .zip(1..)
            .map(|(known, place)| {
                let (schema, name) = known.object.split_once('.').unwrap_or(("public", &known.object));
                let label = if schema == "public" { name } else { &known.object };
                let touch = match &known.object {
                    object if written.contains(&object) => "written",
                    object if page.release.hold.contains(object) => "held",
                    _ => "read",
                };
                let (kind, columns) = (&known.kind, &known.columns);
                let owner = if page.is_reshaped(&known.object) { " OWNER" } else { "" };
                let needs = format!("{}{owner}", known.needs);
                format!(
                    "        ({place}, '{label}', '{schema}', '{name}', '{kind}', '{columns}', '{needs}', '{touch}')"
                )
            })
            .collect();
        rows.join(",\n") + "\n"
    }

    /// The names that the release needs, as rows: schema, name, kind.
    fn names(&self) -> String {
        let (page, packet) = (self.page, &self.page.packet);
        let row = |name: &str, kind: &str| {
            let (schema, bare) = name.split_once('.').unwrap_or(("", name));
            format!("        ('{schema}', '{}', '{kind}')", bare.split('(').next().unwrap_or_default())
        };
        let relations = page.relations().into_iter().map(|name| row(name, "relation"));
        let functions = packet.functions.iter().map(|name| row(name, "function"));
        let overloads = page.overloads.iter().filter_map(|name| name.split_once('.'));
        let overloads = overloads.map(|(schema, bare)| format!("        ('{schema}', '{bare}', 'overload')"));
        let types = packet.types.iter().map(|name| row(name, "type"));
        let schemas = packet.schemas.iter().map(|name| row(&format!(".{name}"), "schema"));
        let indexes = page.index_names();
        let indexes = indexes.iter().map(|name| row(name, "index"));
        let rows: Vec<String> =
            relations.chain(functions).chain(overloads).chain(types).chain(schemas).chain(indexes).collect();
        if rows.is_empty() { "        ('', '', '')\n".to_owned() } else { rows.join(",\n") + "\n" }
    }

    /// The schemas that the release uses, as rows: name, privileges.
    fn schemas(&self) -> String {
        let made_in = self.page.made_in();
        let used = self.page.contract.iter().filter_map(|known| known.object.split_once('.')).map(|(schema, _)| schema);
        let mut names: Vec<&str> = used.chain(made_in.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        let needed = |name: &str| if made_in.iter().any(|made| made == name) { "CREATE, USAGE" } else { "USAGE" };
        let rows: Vec<String> = names.iter().map(|name| format!("        ('{name}', '{}')", needed(name))).collect();
        rows.join(",\n") + "\n"
    }

    /// The statement that reports the approval rows that a tier depends on.
    pub(super) fn approvals(&self) -> String {
        fill(APPROVALS, &self.places.list())
    }

    /// The comment at the head of a tier.
    pub(super) fn about_up(&self, tier: &Tier, why: &str) -> String {
        let page = self.page;
        let writes = if tier.creates {
            "only the objects of the release. Its views depend on the contract's views, which cannot be dropped until the rollback".to_owned()
        } else {
            tier.writes.join(", ")
        };
        format!(
            "{why}-- Gate: it needs the database {}, an open gate and the approval code in the setting oneroof.ratified_apr.\n\
            -- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=..').\n\
            -- Writes: {writes}.\n-- Rollback: {}\n",
            page.release.database, tier.rollback
        )
    }

    /// The comment at the head of a rollback.
    pub(super) fn about_down(&self, tier: &Tier, why: &str) -> String {
        let writes = if tier.creates {
            "drops the objects of the release, all of them empty".to_owned()
        } else {
            tier.writes.join(", ")
        };
        format!(
            "{why}-- It needs the database {} and no gate: a release stays reversible when the gate closes again.\n\
            -- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.\n\
            -- Writes: {writes}.\n",
            self.page.release.database
        )
    }
}

/// The lock loop for the locks of a guard. A trial releases each lock at once.
pub(super) fn locks(locks: &Locks<'_>, trial: bool) -> String {
    let row = |(place, kind, relation, mode): &(u8, &str, &str, &str)| {
        format!("                ({place}, '{kind}', '{}', '{mode}')", in_sql(relation))
    };
    let rows = locks.0.iter().map(row).collect::<Vec<_>>().join(",\n");
    // The rollback of a tier that created no table may have no lock to take.
    let rows = if rows.is_empty() {
        "                SELECT NULL::integer, NULL::text, NULL::text, NULL::text WHERE false".to_owned()
    } else {
        format!("            VALUES\n{rows}")
    };
    let [nowait, release, released] = if trial { TRIAL } else { [""; 3] };
    fill(LOCKS, &[("rows", &rows), ("nowait", nowait), ("release", release), ("released", released)])
}

/// Joins the rows of a list, each on its own line.
fn listed(rows: &[String]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("                {}", row.trim_start())).collect();
    rows.join(",\n")
}

/// The statement that stores everything that must be the same at the end. `kinds` is a query that returns kind and words.
pub(super) fn note(kinds: &str) -> String {
    fill(NOTE, &[("kinds", kinds)])
}

/// The comment at the head of an action.
pub(super) fn about_action(action: &Action, why: &str) -> String {
    format!(
        "{why}-- Run by {}; or alone: psql -1 -v ON_ERROR_STOP=1 -f, with the settings in PGOPTIONS.\n\
        -- Writes: {}. They are no part of the release, and no rollback touches them.\n",
        action.run_by,
        action.run.writes.join(", ")
    )
}

/// The comment at the head of a revalidation.
pub(super) fn about_revalidation(one: &Revalidation) -> String {
    format!(
        "-- {}\n\
        -- Rollback only: run it inside one transaction after guard, body and assertions of every tier, and end that transaction with\n\
        -- ROLLBACK. `oneroof clone revalidate` does so on a clone; nothing of it is kept, and the clone stays as it was.\n",
        one.why
    )
}

/// The comment at the head of a member of the shadow.
pub(super) fn about_shadow(shadow: &Shadow, word: &str) -> String {
    let numbers: Vec<String> = shadow.tiers.iter().map(u8::to_string).collect();
    let what = if word == "deploy" {
        format!(
            "Creates the objects of tiers {} in a separate schema, where nothing uses them. It needs no approval.",
            numbers.join(" and ")
        )
    } else {
        "Drops what the deployment of the shadow created. If somebody added a row or an object, it stops and names it."
            .to_owned()
    };
    format!("-- {what}\n-- Run by `oneroof shadow {word}`. Writes: the schema {}.\n", shadow.schema)
}
