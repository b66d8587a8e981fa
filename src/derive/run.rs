//! One run of a packet: every tier, then every rollback, and the effects that the server shows of each.

use super::DeriveError;
use super::approvals::{self, Variant};
use super::partitions::Wholes;
use super::seen::{DerivedStep, Held, Seen};
use super::server::Server;
use super::sql::{answered, run, settings};
use super::state::DatabaseState;
use super::text::Text;
use super::texts::{Texts, TierTexts, by_path};
use crate::packet::page::Delta;
use crate::pg::message::{Message, SegmentId};
use crate::pg::session::{Reply, Session};
use std::collections::{BTreeMap, BTreeSet};

/// A table with at least this number of rows is vacuumed after each transaction that was rolled back. Without that, every further run of the tiers
/// would take longer than the one before.
const LARGE: usize = 10_000;

/// A run in progress.
pub(super) struct Runner<'r, 'p> {
    pub texts: &'r Texts<'p>,
    pub variant: &'static Variant,
    /// The regular expression that [`form::own_names`] makes.
    pub own_names: String,
    pub(super) session: Session,
    code: String,
    /// The partitions that requires.sql creates.
    wholes: Wholes,
    /// The oids of the relations that requires.sql creates.
    existing: BTreeSet<String>,
    /// The oids of those with many rows.
    pub(super) large: Vec<String>,
}

/// The segments of the message that ask for locks, counters and commands.
pub(super) struct StepSegments {
    before: SegmentId,
    pub(super) held: SegmentId,
    after: SegmentId,
    commands: SegmentId,
}

impl<'r, 'p> Runner<'r, 'p> {
    /// Runs the packet once on the server, then removes its database.
    pub(super) async fn run(
        server: &Server,
        texts: &'r Texts<'p>,
        variant: &'static Variant,
        own_names: &str,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(Seen, String), DeriveError> {
        let page = texts.page;
        let furnished = server.furnish(texts, variant.zone).await;
        let seen = match furnished {
            Ok(session) => {
                let mut runner = Self {
                    texts,
                    variant,
                    own_names: own_names.to_owned(),
                    session,
                    code: String::new(),
                    wholes: Wholes::new(),
                    existing: BTreeSet::new(),
                    large: Vec::new(),
                };
                let seen = runner.all(tell).await;
                let Self { session, own_names, .. } = runner;
                session.close().await;
                seen.map(|seen| (seen, own_names))
            }
            Err(error) => Err(error),
        };
        // A database that existed before the run must not be removed.
        if matches!(seen, Err(DeriveError::NotEmpty { .. })) {
            return seen;
        }
        let removed = server.remove(&page.database).await;
        // The first error is returned, because it explains the error of the removal.
        seen.and_then(|seen| removed.map(|()| seen))
    }

    async fn all(&mut self, tell: &mut dyn FnMut(&str)) -> Result<Seen, DeriveError> {
        let page = self.texts.page;
        let first = self.look().await?;
        self.wholes = first.wholes();
        self.existing = first.relations().map(|relation| relation.oid.clone()).collect();
        let is_large = |name: &String| first.rows.get(name).is_some_and(|rows| rows.len() >= LARGE);
        let large = first.relations().filter(|relation| relation.kind == "table" && is_large(&relation.name));
        self.large = large.map(|table| table.oid.clone()).collect();
        self.code = approvals::approve(&self.session, page, &first, self.variant, approvals::NO_DIGEST).await?;
        if self.variant.number > 0 {
            answered(self.session.simple(include_str!("questions/shift.sql")).await?)?;
        }
        answered(self.session.simple(include_str!("questions/watch.sql")).await?)?;
        let shift = if self.variant.number > 0 { "on" } else { "off" };
        // The names in the server's messages are read, so the messages must be in English.
        answered(self.session.simple(&format!("SET oneroof_build.shift = '{shift}'; SET lc_messages = 'C'")).await?)?;
        let mut whole = [None, None];
        if self.variant.number == 0 {
            tell("all tiers in one transaction, which is rolled back");
            if let Some((locks, names)) = self.rehearse(&self.up(), &first).await? {
                whole[0] = Some(locks);
                self.own_names = names;
            }
        }
        let before = self.look().await?;
        let mut seen = Seen { before, whole, ..Seen::default() };
        if self.variant.number == 0 {
            seen.met = self.met(&seen.before).await?;
        }
        for (number, tier) in self.texts.tiers.iter().enumerate() {
            tell(&format!("run {}: tier {} {}", self.variant.number + 1, number + 1, tier.page.name));
            self.tier(&mut seen, number, tier, false).await?;
        }
        self.ask_all(&mut seen, &self.texts.verify).await?;
        if self.variant.number == 0 {
            seen.whole[1] = self.rehearse(&self.down(), &first).await?.map(|(locks, _)| locks);
        }
        for (number, tier) in self.texts.tiers.iter().enumerate().rev() {
            tell(&format!("run {}: rollback of tier {} {}", self.variant.number + 1, number + 1, tier.page.name));
            self.tier(&mut seen, number, tier, true).await?;
        }
        if self.variant.number == 0 {
            tell("run 1: which columns, rights and keys the packet needs");
            seen.used = self.used(&seen.before).await?;
            seen.rights = self.rights().await?;
            seen.keys = self.keys().await?;
            seen.lacking = self.lacking().await?;
            seen.effects = self.effects(&seen.writes()).await?;
            seen.askable = self.askable(&seen).await?;
            self.variations(&mut seen).await?;
        }
        Ok(seen)
    }

    /// Runs a tier or its rollback, with the checks and queries before and after it.
    async fn tier(&self, seen: &mut Seen, number: usize, tier: &TierTexts<'_>, back: bool) -> Result<(), DeriveError> {
        let (before, after) = tier.checks(back);
        self.ask_all(seen, before).await?;
        self.state(seen, tier, !back, if back { "before the rollback" } else { "before the tier" }).await?;
        let text = if back { &tier.down } else { &tier.up };
        let there = seen.steps.last().map_or(&seen.before, |step| &step.state);
        let step = self.step(there, number, text, back).await?;
        seen.steps.push(step);
        self.ask_all(seen, after).await?;
        self.state(seen, tier, back, if back { "after the rollback" } else { "after the tier" }).await
    }

    /// Makes the queries `absent.sql`, `applied.sql` and `state.sql` of a tier's folder. Each must return the value that is right at this
    /// moment.
    async fn state(
        &self,
        seen: &mut Seen,
        tier: &TierTexts<'_>,
        absent: bool,
        moment: &'static str,
    ) -> Result<(), DeriveError> {
        let in_words = |wanted: bool| if wanted { "true" } else { "false" };
        let state = if absent { "absent" } else { "applied" };
        let questions = [(&tier.absent, in_words(absent)), (&tier.applied, in_words(!absent)), (&tier.state, state)];
        for (text, wanted) in questions {
            let Some(text) = text else { continue };
            let (held, answer) = self.ask(text, there(seen)).await?;
            seen.held_by_queries.push(held);
            let answer = match answer.as_deref() {
                Some("t") => "true",
                Some("f") => "false",
                Some(other) => other,
                None => "nothing",
            };
            if answer != wanted {
                return Err(DeriveError::State { file: text.path.clone(), answer: answer.to_owned(), moment, wanted });
            }
        }
        Ok(())
    }

    /// Makes the checks once, in the first run, to read the locks that they take. Their results do not matter here, because the release
    /// judges them.
    async fn ask_all(&self, seen: &mut Seen, texts: &[Text]) -> Result<(), DeriveError> {
        if self.variant.number > 0 {
            return Ok(());
        }
        for text in by_path(texts.iter().filter(|text| !text.composed)).values() {
            let (held, _) = self.ask(text, there(seen)).await?;
            seen.held_by_queries.push(held);
        }
        Ok(())
    }

    /// The `before` checks that are met while no tier is applied. A check does not count if it fails because it reads an object that a tier
    /// creates.
    async fn met(&self, before: &DatabaseState) -> Result<Vec<String>, DeriveError> {
        let texts = self.texts.tiers.iter().flat_map(|tier| tier.checks(false).0).filter(|text| !text.composed);
        let mut answers: BTreeMap<&str, bool> = BTreeMap::new();
        for text in texts {
            if answers.contains_key(text.entry.as_str()) {
                continue;
            }
            let is_met = match self.ask(text, before).await {
                Ok((_, answer)) => answer.is_some_and(|answer| text.is_met_by(&answer)),
                Err(DeriveError::Sql { .. }) => false,
                Err(error) => return Err(error),
            };
            answers.insert(&text.entry, is_met);
        }
        Ok(answers.into_iter().filter(|(_, is_met)| *is_met).map(|(entry, _)| entry.to_owned()).collect())
    }

    /// Makes one query in a separate transaction, which is rolled back. Returns its locks and the first value of its result.
    async fn ask(&self, text: &Text, there: &DatabaseState) -> Result<(Held, Option<String>), DeriveError> {
        let mut message = Message::default();
        message.engine("begin", "BEGIN;");
        message.engine("settings", &self.settings());
        let question = text.append(&mut message);
        message.engine("role", "RESET SESSION AUTHORIZATION; SET LOCAL search_path = pg_catalog, pg_temp;");
        let held = message.engine("locks", include_str!("questions/held.sql"));
        let reply = run(&self.session, &message, &[text]).await;
        answered(self.session.simple("ROLLBACK").await?)?;
        let reply = reply?;
        let value = reply.to(&question).row().and_then(|row| row.first().map(str::to_owned));
        Ok((locked(&reply, &held, there), value))
    }

    /// The settings for every script and query of the packet.
    pub(super) fn settings(&self) -> String {
        settings(self.texts.page, &self.code)
    }

    /// Runs a tier or its rollback in one transaction. The transaction is committed after all its effects were read.
    async fn step(
        &self,
        there: &DatabaseState,
        tier: usize,
        text: &Text,
        back: bool,
    ) -> Result<DerivedStep, DeriveError> {
        answered(
            self.session
                .simple(
                    "SET oneroof_build.commands = ''; SET oneroof_build.dropped = ''; SET oneroof_build.copied = ''",
                )
                .await?,
        )?;
        let (message, segments) = self.message(&[text]);
        match self.done(&message, &segments, there, text).await {
            Ok(mut step) => {
                answered(self.session.simple("COMMIT").await?)?;
                step.fold(&self.wholes);
                Ok(DerivedStep { tier, back, ..step })
            }
            Err(error) => {
                answered(self.session.simple("ROLLBACK").await?)?;
                Err(error)
            }
        }
    }

    /// The message for these texts. The engine adds the settings and the role before them, and reads locks, counters and commands after
    /// them.
    pub(super) fn message(&self, texts: &[&Text]) -> (Message, StepSegments) {
        let mut message = Message::default();
        message.engine("begin", "BEGIN; SET LOCAL track_counts = on;");
        let before = message.engine("counters", include_str!("questions/counters.sql"));
        for text in texts {
            message.engine("settings", &self.settings());
            text.append(&mut message);
            message.engine("constraints", "SET CONSTRAINTS ALL IMMEDIATE;");
        }
        message.engine("role", "RESET SESSION AUTHORIZATION; SET LOCAL search_path = pg_catalog, pg_temp;");
        let held = message.engine("locks", include_str!("questions/held.sql"));
        let after = message.engine("counters", include_str!("questions/counters.sql"));
        let noted = "SELECT pg_catalog.current_setting('oneroof_build.commands', true) AS commands, \
                     pg_catalog.current_setting('oneroof_build.dropped', true) AS dropped, \
                     pg_catalog.current_setting('oneroof_build.copied', true) AS copied;";
        let commands = message.engine("commands", noted);
        (message, StepSegments { before, held, after, commands })
    }

    /// Runs the message and reads its effects. The caller fills in the number of the tier and the direction.
    async fn done(
        &self,
        message: &Message,
        segments: &StepSegments,
        there: &DatabaseState,
        text: &Text,
    ) -> Result<DerivedStep, DeriveError> {
        let reply = run(&self.session, message, &[text]).await?;
        let state = self.read().await?;
        let noted = |column: &str| -> BTreeSet<String> {
            let noted = reply.to(&segments.commands).row().map(|row| row.text(column)).unwrap_or_default();
            noted.lines().map(str::to_owned).collect()
        };
        let locks = reply.to(&segments.held).row().and_then(|row| row.number("number")).unwrap_or_default();
        let rows = counted(&reply, segments, [there, &state], &self.wholes);
        let (held, commands, dropped) = (locked(&reply, &segments.held, there), noted("commands"), noted("dropped"));
        let copied = noted("copied");
        Ok(DerivedStep { held, locks, rows, commands, copied, dropped, state, ..DerivedStep::default() })
    }

    /// Reads the content of the database in a transaction that changes nothing.
    pub(super) async fn look(&self) -> Result<DatabaseState, DeriveError> {
        answered(self.session.simple("BEGIN").await?)?;
        let state = self.read().await;
        answered(self.session.simple("ROLLBACK").await?)?;
        state
    }

    /// Reads the content of the database. It changes the settings of the open transaction.
    pub(super) async fn read(&self) -> Result<DatabaseState, DeriveError> {
        let mut state = DatabaseState::read(&self.session, &self.own_names, &self.texts.page.role).await?;
        state.leave_out_copies(&self.existing);
        state.gather(&self.wholes);
        Ok(state)
    }
}

fn there(seen: &Seen) -> &DatabaseState {
    seen.steps.last().map_or(&seen.before, |step| &step.state)
}

/// The locks in a reply on relations that existed before.
fn locked(reply: &Reply, segment: &SegmentId, there: &DatabaseState) -> Held {
    let mut held = Held::new();
    for row in reply.to(segment).rows() {
        if let Some(object) = there.root(row.text("oid")) {
            held.entry(object.name.clone()).or_default().insert(row.text("mode").to_owned());
        }
    }
    held
}

/// The numbers of rows that the server counted in this transaction, for tables that still exist. TRUNCATE is not counted by the server, so
/// its number is the number of rows that are gone.
fn counted(
    reply: &Reply,
    segments: &StepSegments,
    [there, state]: [&DatabaseState; 2],
    wholes: &Wholes,
) -> BTreeMap<String, Delta> {
    let read = |segment: &SegmentId| -> BTreeMap<String, [i64; 3]> {
        let number = |row: &crate::pg::session::Row, column: &str| row.number(column).unwrap_or_default();
        let counts = |row| ["inserted", "updated", "deleted"].map(|column| number(row, column));
        reply.to(segment).rows().map(|row| (row.text("oid").to_owned(), counts(row))).collect()
    };
    let (before, after) = (read(&segments.before), read(&segments.after));
    let mut rows = BTreeMap::new();
    for (oid, now) in after {
        let Some(table) = state.root(&oid) else { continue };
        let was = before.get(&oid).copied().unwrap_or_default();
        let [inserted, updated, mut deleted] = [0, 1, 2].map(|at| now[at] - was[at]);
        let count =
            |state: &DatabaseState| i64::try_from(state.rows.get(&table.name).map_or(0, Vec::len)).unwrap_or(i64::MAX);
        let gone = count(there) + inserted - deleted - count(state);
        // The state lists the rows of all partitions under the partitioned table. The server counts inserted and deleted rows for each partition.
        let has_parts = wholes.values().any(|whole| *whole == table.name);
        if gone > 0 && !has_parts && deleted == 0 {
            deleted = gone;
        }
        let delta = Delta { inserted, updated, deleted };
        if delta != Delta::default() {
            rows.insert(table.name.clone(), delta);
        }
    }
    rows
}
