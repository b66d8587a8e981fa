//! Asks the server, before the SQL of a tier and at the end of the transaction, about everything that the tier must leave as it is: rows of tables
//! that it only alters or refers to, parts of existing objects that derived.toml does not list, and grants. `judge::beside` judges the answers.

use super::judge::beside::{Beside, GrantedPart, TableWrites};
use super::{Direction, Run};
use crate::packet::form;
use crate::packet::name::{in_sql, literal};
use crate::pg::message::{Message, SegmentId};
use crate::pg::questions;
use crate::pg::session::{Reply, Row};
use crate::release::Release;
use std::collections::BTreeSet;

/// Where the answers are in the reply. The first segment of a list is the state before the SQL of the tier, the second the state at the end. All
/// are empty for a tier that neither creates nor changes objects.
#[derive(Default)]
pub(super) struct BesideLayout {
    tables: Vec<SegmentId>,
    filled: Option<SegmentId>,
    shapes: Vec<SegmentId>,
    grants: Option<SegmentId>,
}

/// The tables that the tier creates and leaves empty. Tables that the application writes are left out.
pub(super) fn left_empty<'a>(release: &'a Release, run: &'a Run<'_>) -> BTreeSet<&'a str> {
    release.descriptor.made_empty(run.tier, false).map(String::as_str).collect()
}

/// The query that names the existing tables which contain a row. `None` if there is no such table to ask about.
fn filled_question(release: &Release, run: &Run<'_>) -> Option<String> {
    // Before a rollback, a table that the tier dropped or renamed does not exist.
    let is_gone = |table: &String| {
        run.direction == Direction::Rollback
            && run.tier.shapes.iter().any(|shape| shape.dropped && shape.object == *table)
    };
    let tables = release.descriptor.existing_tables(run.tier).into_iter().filter(|table| !is_gone(table));
    let one = |table: &String| {
        format!("SELECT {} AS relation WHERE EXISTS (SELECT FROM ONLY {})", literal(table), in_sql(table))
    };
    let queries: Vec<String> = tables.map(one).collect();
    (!queries.is_empty()).then(|| format!("{};", queries.join("\nUNION ALL ")))
}

/// An object and one of its parts, under the names that they have after the tier.
fn renamed(run: &Run<'_>, (object, part): (&str, &str)) -> (String, String) {
    let shape = run.tier.shapes.iter().find(|shape| shape.from == object);
    let shape = shape.or_else(|| run.tier.shapes.iter().find(|shape| shape.object == object && !shape.renamed));
    let Some(shape) = shape else { return (object.to_owned(), part.to_owned()) };
    (shape.object.clone(), form::moved_part(part, &shape.renamed_columns()))
}

impl BesideLayout {
    /// Adds the queries to the message. It is called twice: before the body, and after the assertions.
    pub(super) fn ask(&mut self, message: &mut Message, release: &Release, run: &Run<'_>) {
        if !run.tier.makes() {
            return;
        }
        let is_after = !self.tables.is_empty();
        self.tables.push(message.engine("beside", questions::BESIDE));
        if !is_after {
            self.filled = filled_question(release, run).map(|question| message.engine("filled", &question));
        }
        let own_names = form::own_names(&release.descriptor.packet, None);
        let existing = run.tier.existing_objects();
        if !existing.is_empty() {
            let shapes = form::shapes(&own_names);
            let question = format!(
                "WITH {}, {}\nSELECT live.object, live.part, live.digest FROM live;",
                form::packet_of(&existing),
                shapes.trim_end()
            );
            self.shapes.push(message.engine("shapes", &question));
        }
        let own = run.tier.shapes.iter().filter(|shape| run.tier.creates_object(shape));
        let own: Vec<&String> = own.map(|shape| &shape.object).collect();
        if is_after && run.direction == Direction::Apply && !own.is_empty() {
            let question = format!("WITH {}, {}", form::packet_of(&own), form::grants());
            self.grants = Some(message.engine("grants", &question));
        }
    }

    /// Reads the answers. `None` if there are none.
    pub(super) fn read(&self, reply: &Reply, run: &Run<'_>) -> Option<Beside> {
        let [before, after] = <&[SegmentId; 2]>::try_from(self.tables.as_slice()).ok()?;
        let tables = |segment| reply.to(segment).rows().map(TableWrites::of).collect();
        let shapes = |place: usize| {
            let rows = self.shapes.get(place).into_iter().flat_map(|segment| reply.to(segment).rows());
            // The first list is from before the SQL of the tier, the second from the end.
            let has_former_names = (place == 0) == (run.direction == Direction::Apply);
            let key = |row: &Row| {
                let named = (row.text("object"), row.text("part"));
                if has_former_names { renamed(run, named) } else { (named.0.to_owned(), named.1.to_owned()) }
            };
            rows.map(|row| (key(row), row.text("digest").to_owned())).collect()
        };
        let grants = self.grants.iter().flat_map(|segment| reply.to(segment).rows()).map(GrantedPart::of).collect();
        let filled = self.filled.iter().flat_map(|segment| reply.to(segment).rows());
        let filled = filled.map(|row| row.text("relation").to_owned()).collect();
        Some(Beside { filled, tables: [tables(before), tables(after)], shapes: [shapes(0), shapes(1)], grants })
    }
}
