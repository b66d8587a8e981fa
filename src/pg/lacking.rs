//! What the program cannot find out on this server, and which rights the role lacks. The server may lack a function, or the role may not call
//! it, or it may not read a catalog. A command that only reads runs without what it cannot find out. A command that writes does not start.

use super::questions;
use crate::packet::given;
use crate::packet::name::identifier;
use std::borrow::Cow;

/// The names of the checks of rights that the engine makes at connect, each with the value that it expects.
const CATALOGS: (&str, &str) = ("privilege.catalogs", "SELECT");
pub const ROLE: (&str, &str) = ("privilege.role", "MEMBER");
const LANGUAGE: (&str, &str) = ("privilege.language", "USAGE");
const FUNCTIONS: (&str, &str) = ("privilege.functions", "EXECUTE");

/// How the answer to [`functions_question`] begins if a function was revoked, and if functions are only missing.
const REVOKED: &str = "no EXECUTE of ";
const MISSING: &str = "missing: ";

/// Whether the answer to [`functions_question`] says that a function is missing or may not be called.
pub(super) fn is_unmet(answer: &str) -> bool {
    [REVOKED, MISSING].iter().any(|beginning| answer.starts_with(beginning))
}

/// A check of rights that failed.
#[derive(Clone, Debug)]
pub struct LackingRight {
    /// The name of the check.
    pub check: &'static str,
    /// The value that it expects.
    pub expected: &'static str,
    /// What the check found, with the names of what is missing.
    pub actual: String,
    /// The statement that grants the right, and who can run it.
    pub cure: String,
}

/// What the server could not answer, and what the role may not read or call.
#[derive(Debug, Default)]
pub struct Lacking {
    /// Optional columns, each with the server's reason.
    columns: Vec<(String, String)>,
    rights: Vec<LackingRight>,
}

/// The query that lists the catalogs which the role may not read.
pub(super) fn catalogs_question() -> String {
    question(CATALOGS.0)
}

/// The query that lists the functions which the role may not call or which the server lacks. It reads a catalog, so it may fail. Only a run
/// that writes sends it.
pub(super) fn functions_question() -> String {
    question(FUNCTIONS.0)
}

fn question(check: &str) -> String {
    let text = given::text(&format!("checks/{check}.sql")).unwrap_or("SELECT NULL");
    format!("SELECT (\n{text}\n) AS answer;")
}

impl Lacking {
    /// One of the engine's queries, with NULL in place of these columns.
    pub fn asks(&self, query: &'static str) -> Cow<'static, str> {
        if self.columns.is_empty() {
            return Cow::Borrowed(query);
        }
        let columns: Vec<String> = self.columns.iter().map(|(column, _)| column.clone()).collect();
        Cow::Owned(questions::without(query, &columns))
    }

    /// Adds a column with the server's reason.
    pub(super) fn add(&mut self, column: &str, why: &str) {
        self.columns.push((column.to_owned(), why.to_owned()));
    }

    /// Takes the server's answer to [`catalogs_question`]. `role` is the role that the run works as.
    pub(super) fn take_catalogs(&mut self, answer: &str, role: &str) {
        if let Some(names) = answer.strip_prefix("no SELECT of ") {
            let names: Vec<String> = names.split(", ").map(|name| format!("pg_catalog.{name}")).collect();
            let cure = format!("A superuser grants it: GRANT SELECT ON {} TO {}.", names.join(", "), identifier(role));
            self.take(CATALOGS, answer, cure);
        }
    }

    /// Takes the server's answer to `role.sql`. `login` is the role that logged in, and `role` the one that `--role` names.
    pub(super) fn take_role(&mut self, answer: &str, login: &str, role: &str) {
        let (actual, cure) = match answer {
            "no such role" => {
                (format!("no role {}", identifier(role)), "Give a role of this server with --role.".to_owned())
            }
            "no member" => (
                format!("{} is not a member of {}", identifier(login), identifier(role)),
                format!("A superuser grants the membership: GRANT {} TO {}.", identifier(role), identifier(login)),
            ),
            _ => return,
        };
        self.take(ROLE, &actual, cure);
    }

    /// Takes the server's answer to `language.sql`.
    pub(super) fn take_language(&mut self, answer: &str, role: &str) {
        let cure = match answer {
            "no USAGE of plpgsql" => {
                format!("A superuser grants it: GRANT USAGE ON LANGUAGE plpgsql TO {}.", identifier(role))
            }
            "no language plpgsql" => {
                "Every new database has it. A superuser makes it again: CREATE EXTENSION plpgsql.".to_owned()
            }
            _ => return,
        };
        self.take(LANGUAGE, answer, cure);
    }

    /// Takes the server's answer to [`functions_question`].
    pub(super) fn take_functions(&mut self, answer: &str, role: &str) {
        if !is_unmet(answer) {
            return;
        }
        let cure = if answer.starts_with(REVOKED) {
            format!("A superuser grants EXECUTE on these functions of pg_catalog to {}.", identifier(role))
        } else {
            "This server lacks functions of PostgreSQL, so the release cannot run on it.".to_owned()
        };
        self.take(FUNCTIONS, answer, cure);
    }

    fn take(&mut self, (check, expected): (&'static str, &'static str), actual: &str, cure: String) {
        self.rights.push(LackingRight { check, expected, actual: actual.to_owned(), cure });
    }

    /// The rights that the role lacks.
    pub fn rights(&self) -> &[LackingRight] {
        &self.rights
    }

    /// The columns that the server did not answer, each with the server's reason. If the reason is a catalog that [`Lacking::rights`] names,
    /// the column is left out. `None` if no column is left.
    pub fn words(&self) -> Option<String> {
        let is_named = |why: &str| {
            let catalog = why.rsplit(' ').next().unwrap_or_default();
            let named = |right: &LackingRight| right.actual.split([' ', ',']).any(|name| name == catalog);
            self.rights.iter().filter(|right| right.check == CATALOGS.0).any(named)
        };
        let unanswered = self.columns.iter().filter(|(_, why)| !is_named(why));
        let unanswered = unanswered.map(|(column, why)| format!("no {column}: {why}"));
        Some(unanswered.collect::<Vec<_>>().join("; ")).filter(|unanswered| !unanswered.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_without_its_catalog_is_named_once() {
        let mut lacking = Lacking::default();
        lacking.add("locks", "permission denied for view pg_locks");
        assert_eq!(lacking.words().as_deref(), Some("no locks: permission denied for view pg_locks"));
        lacking.take_catalogs("no SELECT of pg_class, pg_locks", "app");
        assert_eq!(lacking.words(), None);
        let cure = "A superuser grants it: GRANT SELECT ON pg_catalog.pg_class, pg_catalog.pg_locks TO app.";
        assert_eq!(lacking.rights()[0].cure, cure);
        lacking.add("timeline", "permission denied for function pg_walfile_name");
        assert_eq!(lacking.words().as_deref(), Some("no timeline: permission denied for function pg_walfile_name"));
    }

    #[test]
    fn a_role_that_lacks_no_right_lacks_nothing() {
        let mut lacking = Lacking::default();
        lacking.take_catalogs("SELECT", "app");
        lacking.take_language("USAGE", "app");
        lacking.take_functions("EXECUTE", "app");
        assert!(lacking.rights().is_empty() && lacking.words().is_none());
        lacking.take_catalogs("no SELECT of pg_am", "Site \"admin\"");
        assert!(lacking.rights()[0].cure.ends_with("TO \"Site \"\"admin\"\"\"."), "{}", lacking.rights()[0].cure);
    }

    #[test]
    fn the_queries_are_those_of_the_checks() {
        assert!(catalogs_question().contains("pg_stat_activity") && functions_question().contains("pg_xact_status"));
    }
}
