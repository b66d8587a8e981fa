//! The rules that a tier adds to existing tables, such as a unique key. Preflight asks whether the rows that are there satisfy them.

use super::DeriveError;
use super::rule_set::{KnownRule, not_counted};
use super::run::Runner;
use super::runs::Runs;
use super::seen::Seen;
use super::sql::answered;
use super::state::{DatabaseState, Object};
use super::written::Volatile;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{identifier, in_sql, literal};
use crate::packet::page::Renamed;
use crate::pg::message::Message;
use crate::pg::session::Row;
use std::collections::{BTreeMap, BTreeSet};

/// The lock that INSERT, UPDATE and DELETE take, also if they find no row.
const WRITING: &str = "RowExclusiveLock";

impl Runner<'_, '_> {
    /// Makes the queries of all new rules while no tier is applied. Returns the queries that the server answered, and for each whether the answer is
    /// `none`. Another answer means that the rows or the table break the rule before the release, and that the tier corrects this itself. The
    /// server cannot answer a query that names an object of the packet. All rollbacks must have run before.
    pub(super) async fn askable(&self, seen: &Seen) -> Result<BTreeMap<String, bool>, DeriveError> {
        let mut askable = BTreeMap::new();
        for (number, step) in seen.steps.iter().enumerate().filter(|(_, step)| !step.back) {
            for (name, rule) in step.state.rules.since(&seen.before(number).rules, &seen.before.rules) {
                let (_, rule) = as_before(&seen.before, &step.state, &name.0, rule);
                let mut message = Message::default();
                message.engine(
                    "begin",
                    "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL row_security = off;",
                );
                let segment = message.engine("rule", &rule.question);
                let reply = self.session.message(&message).await?;
                let is_none = reply.to(&segment).row().and_then(Row::first) == Some("none");
                if reply.error.is_none() {
                    askable.insert(rule.question.clone(), is_none);
                }
                answered(self.session.simple("ROLLBACK").await?)?;
            }
        }
        Ok(askable)
    }
}

impl Runs<'_, '_> {
    /// The rules that the tier adds to tables that existed before the release.
    pub(super) fn rules(&self, tier: usize, left_out: &Volatile) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let known = |table: &str| first.rows.contains_key(table);
        let is_none_before = |rule: &KnownRule| self.seen[0].askable.get(&rule.question).copied();
        let new = step.state.rules.since(&before.rules, &first.rules).map(|((table, name), rule)| {
            let (former, rule) = as_before(first, &step.state, table, rule);
            (table, former, name, rule)
        });
        let new = new.filter(|(_, former, _, rule)| {
            known(former) && (rule.obstacle.is_none() || is_none_before(rule) == Some(true))
        });
        let added = new.map(|(table, former, name, rule)| {
            let is_none = is_none_before(&rule);
            Rule {
                table: former,
                name: name.clone(),
                question: if is_none.is_some() {
                    rule.question
                } else {
                    not_counted("it needs an object of the release")
                },
                certain: rule.obstacle.is_some()
                    || is_none == Some(true)
                        && [table, &rule.other].into_iter().all(|table| self.keeps_rows(tier, table)),
                obstacle: rule.obstacle,
            }
        });
        let at_first = |table: &str| before.former_name(first, table).to_owned();
        let retyped = step.state.rules.retyped(&before.rules);
        let retyped =
            retyped.map(|(table, column, fits)| (at_first(&table), column, fits)).filter(|(table, ..)| known(table));
        let retyped = retyped.flat_map(|(table, column, fits)| {
            let values = (!fits).then(|| Rule {
                table: table.clone(),
                name: format!("{column}.type"),
                question: not_counted("the values may not fit the new type"),
                ..Rule::default()
            });
            let uses = Rule {
                name: format!("{column}.uses"),
                question: self.uses_question(&table, &column),
                table,
                certain: true,
                obstacle: Some(Obstacle::Uses),
            };
            [values, Some(uses)].into_iter().flatten()
        });
        let earlier: BTreeSet<String> = (0..tier).flat_map(|tier| self.rewritten(tier)).collect();
        let rewritten = self.rewritten(tier);
        let row_types =
            rewritten.difference(&earlier).filter(|table| known(table)).map(|table| self.row_type_rule(table));
        added
            .chain(retyped)
            .chain(row_types)
            .chain(self.domain_rules(tier))
            .chain(self.sequence_rules(tier))
            .chain(self.star_rules(tier))
            .chain(self.name_rules(tier))
            .chain(self.row_rules(tier))
            .chain(self.taken_rules(tier, left_out))
            .chain(self.needed_rules(tier))
            .chain(self.type_rules(tier, left_out))
            .chain(self.dependent_rules(tier))
            .chain(self.lost_rules(tier))
            .chain(self.truncate_rules(tier))
            .chain(self.not_null_rules(tier))
            .chain(self.everywhere_rules(tier))
            .collect()
    }

    /// The tables of which the tier changes all rows, because a column gets another type or a new column gets a value in every row. They have
    /// the names that they had before the release.
    fn rewritten(&self, tier: usize) -> BTreeSet<String> {
        let (before, step) = self.step(0, tier, false);
        let retyped = step.state.rules.retyped(&before.rules).map(|(table, ..)| table);
        let tables: BTreeSet<String> = retyped.chain(self.with_new_values(tier).cloned()).collect();
        let tables = tables.iter().filter(|table| before.whole(table) == table.as_str());
        tables.map(|table| before.former_name(&self.seen[0].before, table).to_owned()).collect()
    }

    /// The tables to which the tier adds a column that gets a value in every row.
    fn with_new_values(&self, tier: usize) -> impl Iterator<Item = &String> {
        let (before, step) = self.step(0, tier, false);
        let now: BTreeMap<&String, &String> = step.state.relations().map(|now| (&now.oid, &now.name)).collect();
        let has_new = move |was: &&Object| {
            let known = |number: i64| before.columns_of(&was.name).any(|was| was.number == number);
            let mut columns = now.get(&was.oid).into_iter().flat_map(|now| step.state.columns_of(now));
            columns.any(|now| now.filled && !known(now.number))
        };
        before.relations().filter(has_new).map(|was| &was.name)
    }

    /// The rule that no column of another table holds whole rows of this table, except those of the build. As long as one does, the server
    /// refuses to change all rows of the table.
    fn row_type_rule(&self, table: &str) -> Rule {
        let columns = self.seen[0].before.columns.iter();
        let columns = columns.flat_map(|(relation, columns)| columns.iter().map(move |column| (relation, column)));
        // A composite type has no category of its own.
        let known = columns.filter(|(_, column)| column.category == "any");
        let known = known.map(|(relation, column)| (relation.as_str(), column.name.as_str()));
        let types = format!(
            "part (oid) AS (SELECT pg_catalog.to_regclass({})::oid UNION SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h \
             ON h.inhparent = part.oid), given (type) AS (SELECT c.reltype FROM part JOIN pg_catalog.pg_class AS c ON c.oid = part.oid)",
            literal(&in_sql(table))
        );
        Rule {
            table: table.to_owned(),
            name: "row_type.uses".to_owned(),
            question: type_question(&types, known),
            certain: true,
            obstacle: Some(Obstacle::Uses),
        }
    }

    /// The constraints that the tier adds to existing domains, each with the columns of the target that have the domain and were not there in
    /// the build. The server locks their tables and checks their rows, or refuses the constraint if a column has an array of the domain or the like.
    /// The rules of the tables say whether the other columns satisfy the constraint.
    fn domain_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let existing = step.state.shapes.iter().filter_map(|(object, parts)| {
            let known = before.shapes.get(object)?;
            Some((object.strip_prefix("type ")?, parts.keys().filter(|part| !known.contains_key(*part))))
        });
        let added = existing.flat_map(|(domain, parts)| {
            parts.filter_map(move |part| Some((domain, part.strip_prefix("constraint.")?)))
        });
        added
            .map(|(domain, name)| {
                let suffix = format!(".{name}");
                let columns = step.state.rules.names();
                let known = columns.filter_map(|(table, rule)| Some((table.as_str(), rule.strip_suffix(&suffix)?)));
                let types =
                    format!("given (type) AS (SELECT pg_catalog.to_regtype({})::oid)", literal(&in_sql(domain)));
                Rule {
                    table: domain.to_owned(),
                    name: name.to_owned(),
                    question: type_question(&types, known),
                    certain: true,
                    obstacle: Some(Obstacle::TypeUses),
                }
            })
            .collect()
    }

    /// For each `serial` column of a table with a new name: the rule that nothing on the target has the name of its sequence. If it is taken, the server
    /// chooses another name. Then the default of the column is not as shipped.
    fn sequence_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let is_new = |table: &str| before.relation(table).is_none();
        let with_default = step.state.shapes.iter().flat_map(|(table, parts)| {
            parts.keys().filter_map(move |part| Some((table, part.strip_prefix("default.")?)))
        });
        let with_default = with_default.filter(|(table, _)| is_new(table));
        let rules = with_default.filter_map(|(table, column)| {
            let name = format!("{table}_{column}_seq");
            let is_there = step.state.objects.iter().any(|object| object.kind == "owned" && object.name == name);
            is_there.then(|| Rule {
                table: table.clone(),
                name: format!("{column}.sequence"),
                question: format!(
                    "SELECT coalesce('there is ' || pg_catalog.to_regclass({})::text, 'none')",
                    literal(&in_sql(&name))
                ),
                certain: true,
                obstacle: Some(Obstacle::Sequence),
            })
        });
        rules.collect()
    }

    /// Makes one rule for each existing table in which the tier changed all rows of the build: the table must have the same number of rows on the
    /// target. Live tables have no such rule.
    fn row_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let count = |state: &DatabaseState, table: &str| {
            let parts = state.rows.iter().filter(|(name, _)| state.whole(name) == table);
            parts.map(|(_, rows)| rows.len()).sum::<usize>()
        };
        let changed = step.rows.iter().map(|(table, delta)| (before.whole(table), delta.updated + delta.deleted));
        let mut tables: BTreeMap<&str, i64> = BTreeMap::new();
        changed.for_each(|(table, rows)| *tables.entry(table).or_default() += rows);
        let first = &self.seen[0].before;
        let others = tables.into_iter().filter_map(|(table, rows)| {
            let former = before.former_name(first, table);
            let all = count(first, former);
            let is_checked = all > 0 && usize::try_from(rows) == Ok(all) && count(before, table) == all;
            (is_checked && !self.is_live(tier, table) && !self.is_live(tier, former)).then_some((former, rows))
        });
        let rule = |(table, rows): (&str, i64)| Rule {
            table: table.to_owned(),
            name: "rows".to_owned(),
            question: format!(
                "SELECT CASE pg_catalog.count(*) WHEN {rows} THEN 'none' ELSE pg_catalog.count(*)::text || ' rows, and {rows} in the build' END \
                 FROM {}",
                in_sql(table)
            ),
            certain: false,
            obstacle: Some(Obstacle::Rows),
        };
        others.map(rule).collect()
    }

    /// The query for what uses a column and was not there in the build: views, triggers, policies, generated columns and functions. The server
    /// refuses to change the column's type as long as they do. For a foreign key it locks the other table. The tier takes care of those of the build.
    fn uses_question(&self, table: &str, column: &str) -> String {
        let before = &self.seen[0].before;
        let views = before.reads.iter().filter(|(_, read)| read.contains(table)).map(|(view, _)| in_sql(view));
        let parts = before.shapes.get(table).into_iter().flatten().map(|(part, _)| part);
        let parts = parts.filter_map(|part| {
            let (kind, name) = part.split_once('.')?;
            let kind = if kind == "generation" { "generated column" } else { kind };
            matches!(kind, "trigger" | "policy" | "generated column").then(|| format!("{kind} {name}"))
        });
        let known: Vec<String> = views.chain(parts).map(|words| literal(&words)).collect();
        in_one_line(include_str!("questions/column_uses.sql"))
            .replace("{table}", &literal(&in_sql(table)))
            .replace("{column}", &literal(column))
            .replace("{unknown_key}", &self.is_unknown_key(table))
            .replace("{known}", &known.join(", "))
    }

    /// Whether the rows of an existing table are the same before the tier's new rules as before the release. They may differ if a tier up
    /// to this one ran a statement that could write the table, a table from which a foreign key cascades to it, or a table with triggers or rules.
    pub(super) fn keeps_rows(&self, tier: usize, table: &str) -> bool {
        let seen = self.seen[0];
        let state = &self.step(0, tier, false).1.state;
        let former = state.former_name(&seen.before, table);
        // TRUNCATE leaves no trace in an empty table, so an empty table proves nothing.
        let has_rows =
            seen.before.rows.iter().any(|(name, rows)| seen.before.whole(name) == former && !rows.is_empty());
        // Locks are recorded under the names before the tier, and written rows under the names after it.
        let steps = seen.steps.iter().enumerate().filter(|(_, step)| !step.back && step.tier <= tier);
        let written: BTreeSet<(&String, &str)> = steps
            .flat_map(|(place, step)| {
                let before = seen.before(place);
                let locked = step.held.iter().filter(|(_, modes)| modes.contains(WRITING));
                let locked = locked.map(|(name, _)| (name, before.former_name(&seen.before, name)));
                locked.chain(step.rows.keys().map(|name| (name, step.state.former_name(&seen.before, name))))
            })
            .collect();
        has_rows
            && !written
                .into_iter()
                .any(|(name, was)| was == former || reaches(state, name, table) || reaches(&seen.before, was, former))
    }
}

/// The query for the columns of tables that hold values of a type. `types` is the SQL of a common table expression `given (type)`. The columns in
/// `known`, each a table and a column, are left out.
fn type_question<'c>(types: &str, known: impl Iterator<Item = (&'c str, &'c str)>) -> String {
    let known = known.map(|(table, column)| literal(&format!("{}.{}", in_sql(table), identifier(column))));
    in_one_line(include_str!("questions/type_uses.sql"))
        .replace("{types}", types)
        .replace("{known}", &known.collect::<Vec<_>>().join(", "))
}

/// The query without its comment, on one line.
pub(super) fn in_one_line(question: &str) -> String {
    let lines = question.lines().filter(|line| !line.starts_with("--")).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_end_matches(';').to_owned()
}

/// Returns the name that `table` had before the release, and the rule with the former names of its tables.
fn as_before(first: &DatabaseState, now: &DatabaseState, table: &str, rule: KnownRule) -> (String, KnownRule) {
    let former = now.former_name(first, table);
    let names = [table, &rule.other].map(|name| (in_sql(name), in_sql(now.former_name(first, name))));
    let names = names.into_iter().filter(|(name, former)| name != former).collect();
    let question = Renamed::between(names).apply(&rule.question);
    (former.to_owned(), KnownRule { question, ..rule })
}

/// Whether a statement that writes `from` may change rows of `table`: it is the table or a partition of it, it has triggers or rules, or
/// a foreign key of `table` with an action such as ON DELETE CASCADE references it, directly or through others.
fn reaches(state: &DatabaseState, from: &str, table: &str) -> bool {
    let acts = |name: &str| {
        let parts = state.shapes.get(name);
        parts.is_some_and(|parts| parts.keys().any(|part| part.starts_with("trigger.") || part.starts_with("rule.")))
    };
    let mut found = BTreeSet::from([state.whole(from)]);
    loop {
        if found.iter().any(|name| *name == table || acts(name)) || acts(from) {
            return true;
        }
        let next = state.cascades.iter().filter(|(_, to)| found.contains(state.whole(to)));
        let next: BTreeSet<&str> = next.map(|(by, _)| state.whole(by)).collect();
        let count = found.len();
        found.extend(next);
        if found.len() == count {
            return false;
        }
    }
}
