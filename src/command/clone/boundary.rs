//! Stage D of `oneroof clone run`: shows that a trigger of the outbox refuses an event because the event's type is inactive. One
//! transaction, which is rolled back, tries the same event with the type active and with the type inactive. If only the inactive type is
//! refused, the type is the reason.

use crate::command::Context;
use crate::error::Error;
use crate::observe::lost;
use crate::pg::message::Message;
use crate::pg::pins::{LockTry, pin};
use crate::pg::session::{Row, Session};
use serde::Serialize;

/// Opens the transaction of stage D. It is READ WRITE because it tries to insert events. It is never committed.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;";

/// The time limit for all tries together, in milliseconds.
const DEADLINE_MS: u64 = 600_000;
/// SQLSTATE classes that mean a fault and not a refusal, for example an unknown name or a lack of resources. RAISE may use any of them, so
/// an error that RAISE raised still counts as a refusal.
const BROKEN: [&str; 10] = ["0A", "25", "40", "42", "53", "54", "55", "57", "58", "XX"];

/// The result of stage D.
pub(super) struct BoundaryResult {
    /// Whether a trigger refused every event of an inactive type, and only because the type is inactive.
    pub(super) refused: bool,
    pub(super) words: String,
}

impl BoundaryResult {
    fn not(words: String) -> Self {
        Self { refused: false, words }
    }

    fn untried(why: &str) -> Self {
        Self::not(format!("could not be tested: {why}"))
    }
}

/// An existing row of the outbox that a try copies: the oid of its table and its ctid. `None` for an event that copies no row.
type CopiedRow = Option<(String, String)>;

/// One attempt to insert an event.
#[derive(Clone, Debug, Serialize)]
struct Try<'t> {
    #[serde(rename = "type")]
    kind: &'t str,
    active: bool,
    forced: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    without: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'t str>,
    path: &'t str,
}

/// The result of one try.
#[derive(Clone, Debug, Default)]
struct Tried {
    step: String,
    written: i64,
    state: String,
    message: String,
    context: String,
}

impl Tried {
    fn of(row: &Row) -> Self {
        let text = |column: &str| row.text(column).to_owned();
        Self {
            step: text("step"),
            written: row.number("written").unwrap_or_default(),
            state: text("state"),
            message: text("message"),
            context: text("context"),
        }
    }

    fn accepted(&self) -> bool {
        self.step == "done" && self.written > 0
    }

    fn words(&self) -> String {
        match (self.step.as_str(), self.written) {
            ("done", 0) => "no row is written, and no error is raised".to_owned(),
            ("done", _) => "the row is written".to_owned(),
            _ => format!("{} (SQLSTATE {})", self.message, self.state),
        }
    }

    /// Whether the error is a fault and not a refusal.
    fn broke(&self) -> bool {
        let first = self.context.lines().next().unwrap_or_default();
        let raised = first.ends_with(" RAISE") || first.ends_with(" ASSERT");
        !raised && BROKEN.iter().any(|class| self.state.starts_with(class))
    }

    /// The trigger whose function is in the error's context. The server names a function together with its argument list, which is empty
    /// for a trigger function.
    fn raised_in<'g>(&self, guards: &'g [Guard]) -> Option<&'g Guard> {
        let named =
            |line: &str, function: &str| line.split([' ', '\u{a0}', '«', '»', '„', '“']).any(|word| word == function);
        self.context.lines().rev().find_map(|line| {
            let is_named = |guard: &&Guard| named(line, &guard.signature) || named(line, guard.bare());
            guards.iter().find(is_named)
        })
    }
}

/// A trigger of the outbox.
#[derive(Clone, Debug)]
struct Guard {
    name: String,
    /// The trigger's function with schema and argument list, as the server writes it.
    signature: String,
    /// The name of the function only.
    function: String,
}

impl Guard {
    /// The signature without the schema. The server leaves the schema out if it is on the search path.
    fn bare(&self) -> &str {
        self.signature.find('.').map_or(&self.signature, |dot| &self.signature[dot + 1..])
    }

    fn words(&self) -> String {
        format!("{} (trigger {})", self.function, self.name)
    }
}

/// What the server reports before the tries.
#[derive(Default)]
struct BeforeTries {
    kinds: Vec<(String, bool)>,
    shapes: Vec<CopiedRow>,
    guards: Vec<Guard>,
    effects: Vec<String>,
}

impl BeforeTries {
    fn of<'r>(rows: impl Iterator<Item = &'r Row>) -> Self {
        let mut ground = Self::default();
        for row in rows {
            let (name, state) = (row.text("name").to_owned(), row.text("state").to_owned());
            match row.text("kind") {
                "type" => ground.kinds.push((name, state == "active")),
                "shape" => ground.shapes.push(Some((name, state))),
                "trigger" => {
                    let function = row.text("called").to_owned();
                    ground.guards.push(Guard { name, signature: state, function });
                }
                _ => ground.effects.push(name),
            }
        }
        ground.shapes.push(None);
        ground
    }
}

/// Tries every governance event type of the clone. `path` is the search path of the source, because the triggers were written for that
/// path.
pub(super) async fn find(context: &Context<'_>, session: &Session, path: &str) -> Result<BoundaryResult, Error> {
    let mut begin = Message::default();
    begin.engine("begin", BEGIN);
    pin(&mut begin, DEADLINE_MS, LockTry::Short);
    let facts = begin.engine("emit_facts", &context.release.question("emit_facts")?);
    let reply = session.message(&begin).await.map_err(lost)?;
    let found = match &reply.error {
        Some(error) => Ok(BoundaryResult::untried(&format!("{} (SQLSTATE {})", error.message(), error.code()))),
        None => {
            let ground = BeforeTries::of(reply.to(&facts).rows());
            Emitter { session, sql: context.release.question("emit")?, path }.all(&ground).await
        }
    };
    session.simple("ROLLBACK;").await.map_err(lost)?;
    found
}

/// Why the tries of an event type show nothing: they could not be made, or the connection is lost.
enum Stopped {
    Untried(String),
    Lost(Error),
}

/// Sends the tries to the clone.
struct Emitter<'s> {
    session: &'s Session,
    sql: String,
    path: &'s str,
}

impl Emitter<'_> {
    async fn all(&self, ground: &BeforeTries) -> Result<BoundaryResult, Error> {
        if ground.kinds.is_empty() {
            return Ok(BoundaryResult::untried("no governance event type exists"));
        }
        if let Some((active, _)) = ground.kinds.iter().find(|(_, active)| *active) {
            return Ok(BoundaryResult::not(format!(
                "the governance event type {active} is active: its events are not refused"
            )));
        }
        if !ground.effects.is_empty() {
            let effects = ground.effects.join(", ");
            return Ok(BoundaryResult::untried(&format!(
                "the triggers may do what ROLLBACK does not revert: {effects}"
            )));
        }
        let mut first = None;
        for (kind, _) in &ground.kinds {
            let finding = match self.one(ground, kind).await {
                Ok(finding) => finding,
                Err(Stopped::Untried(why)) => BoundaryResult::untried(&format!("{kind}: {why}")),
                Err(Stopped::Lost(error)) => return Err(error),
            };
            if !finding.refused {
                return Ok(finding);
            }
            first.get_or_insert(finding.words);
        }
        let words = format!(
            "{}; accepted with the type active, refused with it inactive; {} governance event types tried, search_path {}",
            first.unwrap_or_default(),
            ground.kinds.len(),
            self.path
        );
        Ok(BoundaryResult { refused: true, words })
    }

    /// Tries one event type. Looks for an event that is accepted while the type is active. Then sends the same event twice with the type
    /// inactive, and once more with the type active.
    async fn one(&self, ground: &BeforeTries, kind: &str) -> Result<BoundaryResult, Stopped> {
        let mut open =
            Try { kind, active: true, forced: false, without: None, table: None, place: None, path: self.path };
        let mut failed = None;
        let mut accepted = false;
        for shape in &ground.shapes {
            (open.table, open.place) = shape.as_ref().map(|(table, place)| (table.as_str(), place.as_str())).unzip();
            let mut tried = self.send(&open).await?;
            if tried.step == "activate" && !open.forced {
                // A trigger of the event type registry refused the change. `forced` switches off the registry's triggers, on the clone and
                // until the ROLLBACK.
                open.forced = true;
                tried = self.send(&open).await?;
            }
            if tried.step == "activate" {
                return Err(Stopped::Untried(format!(
                    "the event type could not be activated for the test: {}",
                    tried.words()
                )));
            }
            accepted = tried.accepted();
            if accepted {
                break;
            }
            failed.get_or_insert(tried);
        }
        if !accepted {
            let why = failed.unwrap_or_default().words();
            return Err(Stopped::Untried(format!("an event is not accepted even with its type active: {why}")));
        }
        let shut = Try { active: false, ..open.clone() };
        // The event is sent twice. A trigger that refuses only every second event is then not mistaken for one that refuses the type.
        let (first, second) = (self.send(&shut).await?, self.send(&shut).await?);
        let refused = if first.step == "done" { first } else { second };
        let again = self.send(&open).await?;
        if !again.accepted() {
            let why = again.words();
            return Err(Stopped::Untried(format!(
                "an event was accepted, and the same event was not accepted again: {why}"
            )));
        }
        self.judge(ground, &shut, &refused).await
    }

    async fn judge(&self, ground: &BeforeTries, shut: &Try<'_>, refused: &Tried) -> Result<BoundaryResult, Stopped> {
        let (kind, words) = (shut.kind, refused.words());
        if refused.step == "done" {
            return Ok(BoundaryResult::not(format!("the emit of {kind} was NOT refused: {words}")));
        }
        if refused.broke() {
            let place = refused.context.lines().next().unwrap_or_default();
            return Ok(BoundaryResult::not(format!(
                "the emit of {kind} failed with an error that is no refusal: {words}, in {place}"
            )));
        }
        if let Some(guard) = refused.raised_in(&ground.guards) {
            return Ok(BoundaryResult { refused: true, words: format!("refused by {}: {words}", guard.words()) });
        }
        // A function that is not PL/pgSQL may leave no line in the error's context. So the event is tried again without each trigger in
        // turn. If it is accepted then, that trigger refused it.
        for guard in &ground.guards {
            let tried = self.send(&Try { without: Some(&guard.name), ..shut.clone() }).await?;
            if tried.accepted() {
                return Ok(BoundaryResult { refused: true, words: format!("refused by {}: {words}", guard.words()) });
            }
        }
        Ok(BoundaryResult::not(format!("the emit of {kind} was refused, not by a trigger of its table: {words}")))
    }

    async fn send(&self, tried: &Try<'_>) -> Result<Tried, Stopped> {
        let json = serde_json::to_string(tried).unwrap_or_default();
        let set = "SELECT pg_catalog.set_config('oneroof.emit', $1, true)";
        let answered = self.session.flight(set, &[json], &self.sql).await;
        let (_, reply) = answered.map_err(|gone| Stopped::Lost(lost(gone)))?;
        if let Some(error) = &reply.error {
            return Err(Stopped::Untried(format!("{} (SQLSTATE {})", error.message(), error.code())));
        }
        let row = reply.statements.iter().flat_map(|statement| &statement.rows).last();
        row.map(Tried::of).ok_or_else(|| Stopped::Untried("the server sent no result of the test".to_owned()))
    }
}
