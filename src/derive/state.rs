//! The content of a database at one moment, as the reading transaction sees it.

use super::DeriveError;
use super::rule_set::RuleSet;
use super::sql::answered;
use crate::packet::form;
use crate::packet::name::{identifier, in_sql, literal};
use crate::pg::message::Message;
use crate::pg::questions;
use crate::pg::session::{Row, Session};
use crate::release::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// The settings for reading values, so that the same value always has the same text.
const PINS: &str = "\
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL quote_all_identifiers = off;
SET LOCAL oneroof.structure_scope = 'database';
";

/// The column alias under which a query returns `age(xmin)` of a row. No real column is expected to have this name.
const AGE: &str = "age of the row's xmin";

/// An object in the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub oid: String,
    /// `table`, `foreign table`, `view`, `matview`, `sequence`, `owned`, `index`, `toast`, `function`, `type`, `schema`, `row type`.
    pub kind: String,
    /// The name as `schema.name`. For a schema, only its name.
    pub name: String,
    /// The oid of the table that an index or a TOAST table belongs to. For other objects, their own oid.
    pub root: String,
}

impl Object {
    /// Whether a page lists objects of this kind.
    pub(super) fn is_listed(&self) -> bool {
        !matches!(self.kind.as_str(), "owned" | "index" | "toast" | "row type" | "foreign table")
    }

    /// Whether `now` is this object under another name.
    pub(super) fn is_renamed_to(&self, now: Option<&Self>) -> bool {
        now.is_some_and(|now| now.oid == self.oid && now.kind == self.kind && now.key() != self.key())
    }

    /// Whether it is a table, a view or a sequence. In one schema, no two of these can have the same name.
    pub(super) fn has_relation_name(&self) -> bool {
        matches!(self.kind.as_str(), "table" | "foreign table" | "view" | "matview" | "sequence")
    }

    /// The kind, or `relation` for tables, views and sequences, which share one set of names.
    fn kind_of_name(&self) -> &str {
        if self.has_relation_name() { "relation" } else { &self.kind }
    }

    /// Whether the object is a row of `pg_class`.
    fn is_relation(&self) -> bool {
        !matches!(self.kind.as_str(), "function" | "type" | "schema")
    }

    /// The name that shapes use for the object. Types and schemas have a prefix, because relations may have the same names.
    pub(super) fn key(&self) -> String {
        match self.kind.as_str() {
            kind @ ("type" | "schema") => format!("{kind} {}", self.name),
            _ => self.name.clone(),
        }
    }
}

/// A column of a table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    /// The number of the column in its table. A column that is renamed keeps its number.
    pub number: i64,
    /// The category of the type, in the words of the contract.
    pub category: String,
    /// Whether the column gets a value by itself: it has a default, or is an identity or generated column.
    pub filled: bool,
    /// Whether a statement must give a value: the column is NOT NULL and gets no value by itself.
    pub wanted: bool,
    /// Whether the default is stable or volatile and may have the same value in two runs.
    pub moving: bool,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredRow {
    /// `age(xmin)`: 0 if the current transaction wrote the row at top level, negative if one of its subtransactions did, positive for older rows.
    pub age: i64,
    /// The values in the order of the table's columns. `None` is NULL.
    pub values: Vec<Option<String>>,
}

/// The position of each sequence: the table that owns it, if any, then its last value and whether that value was drawn.
pub(super) type Positions = BTreeMap<String, (Option<String>, String)>;

/// The content of a database.
#[derive(Clone, Debug, Default)]
pub(super) struct DatabaseState {
    /// Every object, in the order of creation.
    pub objects: Vec<Object>,
    /// The columns of tables and views, in their order.
    pub columns: BTreeMap<String, Vec<Column>>,
    /// The keys without NULL. The primary key comes first.
    pub keys: BTreeMap<String, Vec<Vec<String>>>,
    /// Foreign keys, as referencing table, referenced table and name.
    pub references: BTreeSet<(String, String, String)>,
    /// Foreign keys with an action such as ON DELETE CASCADE, as referencing table and referenced table.
    pub cascades: BTreeSet<(String, String)>,
    /// The columns that foreign keys refer to, as referencing table, referenced table and column.
    pub referred: BTreeSet<(String, String, String)>,
    /// The columns of foreign keys, as pairs of referencing and referenced column, by referencing table, referenced table and name.
    pub pairs: BTreeMap<(String, String, String), Vec<(String, String)>>,
    /// Triggers, as table and name.
    pub triggers: BTreeSet<(String, String)>,
    /// The parent table of each partition or inheritance child.
    pub parents: BTreeMap<String, String>,
    /// The relations that a view reads, directly or through other views.
    pub reads: BTreeMap<String, BTreeSet<String>>,
    /// The digests of the parts of a shape, by object and part.
    pub shapes: BTreeMap<String, BTreeMap<String, String>>,
    /// The parts that partitions and inheritance children inherit from their parents, as pairs of object and part.
    pub copied: BTreeSet<(String, String)>,
    /// One digest for each fact of the structure, by kind and name of the fact.
    pub facts: BTreeMap<(String, String), String>,
    /// The rules that the rows of each table must satisfy.
    pub rules: RuleSet,
    pub sequences: Positions,
    /// The rows of every table.
    pub rows: BTreeMap<String, Vec<StoredRow>>,
}

impl DatabaseState {
    /// Reads the content inside the session's open transaction. It changes the settings of that transaction. `role` is the role that
    /// releases. Only an owner other than this role is a part of a shape.
    pub(super) async fn read(session: &Session, own_names: &str, role: &str) -> Result<Self, DeriveError> {
        let mut message = Message::default();
        message.engine("pins", PINS);
        let objects = message.engine("objects", include_str!("questions/objects.sql"));
        let columns = message.engine("columns", &form::with_category(include_str!("questions/columns.sql")));
        let keys = message.engine("keys", include_str!("questions/keys.sql"));
        let links = message.engine("links", include_str!("questions/links.sql"));
        let rules = message.engine("rules", include_str!("questions/rules.sql"));
        let sequences = message.engine("sequences", questions::SEQUENCES);
        let structure = message.engine("structure", questions::STRUCTURE);
        let shapes = message.engine("shapes", &all_shapes(own_names, role));
        // The SQL of a tier may have changed the setting. The server reads a message as a whole before it runs any of it, so this stands alone.
        answered(session.simple("SET LOCAL standard_conforming_strings = on").await?)?;
        let reply = answered(session.message(&message).await?)?;
        let mut state = Self { objects: reply.to(&objects).rows().map(object).collect(), ..Self::default() };
        for row in reply.to(&columns).rows() {
            state.columns.entry(row.text("relation").to_owned()).or_default().push(column(row));
        }
        for row in reply.to(&keys).rows() {
            let names = row.text("columns").split('\n').map(str::to_owned).collect();
            state.keys.entry(row.text("relation").to_owned()).or_default().push(names);
        }
        reply.to(&links).rows().for_each(|row| state.link(row));
        reply.to(&rules).rows().for_each(|row| state.rules.add(row));
        state.sequences = reply.to(&sequences).rows().map(position).collect();
        for row in reply.to(&structure).rows() {
            state
                .facts
                .insert((row.text("kind").to_owned(), row.text("name").to_owned()), row.text("digest").to_owned());
        }
        for row in reply.to(&shapes).rows() {
            let [object, part] = ["object", "part"].map(|column| row.text(column).to_owned());
            if row.is_true("copied") {
                state.copied.insert((object.clone(), part.clone()));
            }
            state.shapes.entry(object).or_default().insert(part, row.text("digest").to_owned());
        }
        state.read_rows(session).await?;
        Ok(state)
    }

    /// Reads only the positions of the sequences, inside the session's open transaction. It changes the settings of that transaction.
    pub(super) async fn positions(session: &Session) -> Result<Positions, DeriveError> {
        let mut message = Message::default();
        message.engine("pins", PINS);
        let sequences = message.engine("sequences", questions::SEQUENCES);
        let reply = answered(session.message(&message).await?)?;
        Ok(reply.to(&sequences).rows().map(position).collect())
    }

    /// Removes the parts that relations inherit from their parents. The relations with the oids in `known` keep them.
    pub(super) fn leave_out_copies(&mut self, known: &BTreeSet<String>) {
        for (object, part) in std::mem::take(&mut self.copied) {
            if !self.relation(&object).is_some_and(|relation| known.contains(&relation.oid))
                && let Some(parts) = self.shapes.get_mut(&object)
            {
                parts.remove(&part);
            }
        }
    }

    fn link(&mut self, row: &Row) {
        let text = |column: &str| row.text(column).to_owned();
        let (from, other, name) = (text("relation"), text("other"), text("name"));
        match row.text("kind") {
            "foreign key" => drop(self.references.insert((from, other, name))),
            "cascade" => drop(self.cascades.insert((from, other))),
            "column" => drop(self.referred.insert((from, other, name))),
            "pair" => {
                let mut words = name.split('\n').map(str::to_owned);
                let mut word = || words.next().unwrap_or_default();
                let (name, pair) = (word(), (word(), word()));
                self.pairs.entry((from, other, name)).or_default().push(pair);
            }
            "trigger" => drop(self.triggers.insert((from, name))),
            "child" => drop(self.parents.insert(from, other)),
            _ => drop(self.reads.entry(from).or_default().insert(other)),
        }
    }

    async fn read_rows(&mut self, session: &Session) -> Result<(), DeriveError> {
        let tables = self.objects.iter().filter(|object| object.kind == "table");
        let tables: Vec<String> = tables.map(|table| table.name.clone()).collect();
        let mut message = Message::default();
        let mut segments = Vec::new();
        for table in &tables {
            let columns: Vec<String> =
                self.columns_of(table).map(|column| format!(", t.{}", identifier(&column.name))).collect();
            let sql = format!(
                "SELECT pg_catalog.age(t.xmin) AS {}{} FROM ONLY {} AS t;",
                identifier(AGE),
                columns.concat(),
                in_sql(table)
            );
            segments.push(message.engine("rows", &sql));
        }
        let mut reply = answered(session.message(&message).await?)?;
        for (table, segment) in tables.into_iter().zip(&segments) {
            let stored = |row: Row| {
                let mut values = row.into_values().into_iter();
                let age = values.next().flatten().and_then(|age| age.parse().ok()).unwrap_or(i64::MAX);
                StoredRow { age, values: values.collect() }
            };
            let rows = reply.take(segment).unwrap_or_default();
            self.rows.insert(table, rows.into_iter().map(stored).collect());
        }
        Ok(())
    }

    pub(super) fn columns_of(&self, relation: &str) -> impl Iterator<Item = &Column> {
        self.columns.get(relation).into_iter().flatten()
    }

    /// The relation that a lock on this oid counts for: for an index or a TOAST table, its table.
    pub(super) fn root(&self, oid: &str) -> Option<&Object> {
        let found = self.objects.iter().find(|object| object.oid == oid && object.is_relation())?;
        self.objects.iter().find(|object| object.oid == found.root && object.is_relation() && object.kind != "toast")
    }

    /// The object with this key, if a page lists objects of its kind.
    pub(super) fn object(&self, key: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.is_listed() && object.key() == key)
    }

    /// The tables, views and sequences.
    pub(super) fn relations(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.has_relation_name())
    }

    /// The table, view or sequence with this oid.
    pub(super) fn relation_of(&self, oid: &str) -> Option<&Object> {
        self.relations().find(|object| object.oid == oid)
    }

    /// The table, view or sequence with this name.
    pub(super) fn relation(&self, name: &str) -> Option<&Object> {
        self.relations().find(|object| object.name == name)
    }

    /// The former name of a table that was renamed since `before`. For any other table, its name.
    pub(super) fn former_name<'s>(&self, before: &'s Self, table: &'s str) -> &'s str {
        let former = before.objects.iter().find(|was| was.is_renamed_to(self.relation(table)));
        former.map_or(table, |was| was.name.as_str())
    }

    /// The table that people mean when they name this one: for a partition, its partitioned table.
    pub(super) fn whole<'s>(&'s self, table: &'s str) -> &'s str {
        self.parents.get(table).map_or(table, |parent| self.whole(parent))
    }

    /// The parent of this table, the parent of that parent, and so on. A table is the parent of its partitions and of the tables that inherit
    /// from it.
    pub(super) fn ancestors<'s>(&'s self, table: &'s str) -> impl Iterator<Item = &'s str> {
        std::iter::successors(self.parents.get(table), |parent| self.parents.get(*parent)).map(String::as_str)
    }

    /// The objects whose names exist here but not in `before`, in the order of creation. An object that was dropped and created again with
    /// the same name is not among them, and a renamed object is.
    pub(super) fn created_since<'s>(&'s self, before: &'s Self) -> impl Iterator<Item = &'s Object> {
        let named: BTreeSet<(&str, String)> =
            before.objects.iter().map(|object| (object.kind_of_name(), object.key())).collect();
        self.objects
            .iter()
            .filter(move |object| object.is_listed() && !named.contains(&(object.kind_of_name(), object.key())))
    }

    /// The objects that the packet created since `before`.
    pub(super) fn packet(&self, before: &Self) -> form::Objects {
        let mut objects = form::Objects::default();
        for object in self.created_since(before) {
            let list = match object.kind.as_str() {
                "schema" => &mut objects.schemas,
                "table" => &mut objects.tables,
                "view" | "matview" => &mut objects.views,
                "sequence" => &mut objects.sequences,
                "function" => &mut objects.functions,
                _ => &mut objects.types,
            };
            list.push(object.name.clone());
        }
        objects
    }
}

/// The query for the shapes of every object that a page could list. `role` owns what it creates, so it is left out as an owner.
fn all_shapes(own_names: &str, role: &str) -> String {
    let list = include_str!("questions/listed.sql");
    format!(
        "WITH {}, {}\nSELECT live.object, live.part, live.digest, copied.part IS NOT NULL AS copied FROM live \
         LEFT JOIN copied ON copied.object = live.object AND copied.part = live.part WHERE live.part <> 'owner' OR live.digest <> {};",
        list.trim_end(),
        form::shapes(own_names).trim_end(),
        literal(&Digest::of(role.as_bytes()).to_string()[..8])
    )
}

fn object(row: &Row) -> Object {
    let text = |column: &str| row.text(column).to_owned();
    Object { oid: text("oid"), kind: text("kind"), name: text("object"), root: text("root") }
}

/// The name of a sequence and its position.
fn position(row: &Row) -> (String, (Option<String>, String)) {
    let at = format!("{} {}", row.text("last_value"), row.text("is_called"));
    (row.text("name").to_owned(), (row.get("owned_by").map(str::to_owned), at))
}

fn column(row: &Row) -> Column {
    Column {
        name: row.text("name").to_owned(),
        number: row.number("number").unwrap_or_default(),
        category: row.text("category").to_owned(),
        filled: row.is_true("filled"),
        wanted: row.is_true("wanted"),
        moving: row.is_true("moving"),
    }
}
