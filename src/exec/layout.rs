//! The message of a transaction and the meaning of its reply: the place of each answer, the checks that were made, and the server's
//! evidence.

use super::beside::BesideLayout;
use super::executor::Executor;
use super::judge::{Counted, TierEvidence};
use super::{Failure, Run, SentFile, TierReport, TxEnd, there_and_back};
use crate::check::{Approval, Check, Phase};
use crate::fingerprint::FingerprintLayout;
use crate::pg::message::{Message, SegmentId};
use crate::pg::pins::{LockTry, pin, pin_again};
use crate::pg::questions;
use crate::pg::server_facts::{CatalogRows, Identity, Lock, RowCount, catalog_made};
use crate::pg::session::Reply;
use crate::policy::Signature;
use crate::release::{LOCKS, PartKind, Release};

/// The message of a transaction, and the places of its answers.
pub(super) struct Composed {
    pub(super) message: Message,
    pub(super) layouts: Vec<TierLayout>,
    /// Set if the transaction applies tiers and then runs their rollbacks.
    pub(super) fingerprint: Option<FingerprintLayout>,
}

impl Executor<'_> {
    /// The whole message: the settings, then for each tier the guard, the evidence queries, the body, the assertions and the evidence
    /// queries again. If rollbacks follow the tiers, the last queries ask for the fingerprint.
    pub(super) fn compose(&self, runs: &[Run<'_>], end: TxEnd, lock_try: LockTry) -> Composed {
        let release = self.release;
        let deadline: u64 = runs.iter().map(|run| run.tier.timeout_ms).sum();
        let mut message = Message::default();
        message.engine("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;");
        pin(&mut message, deadline, lock_try);
        if runs.iter().any(|run| run.tier.makes()) {
            message.engine("relations", questions::RELATIONS);
        }
        let layouts = runs
            .iter()
            .map(|run| compose_run(&mut message, release, run, self.approvals_question(run).as_deref()))
            .collect();
        let fingerprint = there_and_back(runs).then(|| FingerprintLayout::ask(&mut message, release));
        if end == TxEnd::Abort {
            message.engine("rollback", "ROLLBACK;");
        }
        Composed { message, layouts, fingerprint }
    }
}

/// The places of the answers of one tier in the message.
pub(super) struct TierLayout {
    /// The tier's file as it is in the message. `None` if the message does not hold all its parts.
    pub(super) sent: Option<SentFile>,
    pub(super) guard: SegmentId,
    /// The number of the statement that takes the tier's locks.
    pub(super) locked: usize,
    before: SegmentId,
    xid: SegmentId,
    catalog_before: Option<SegmentId>,
    beside: BesideLayout,
    counts_before: Vec<(String, SegmentId)>,
    live: Vec<String>,
    body: SegmentId,
    pub(super) assert: SegmentId,
    approvals: Option<SegmentId>,
    after: SegmentId,
    locks: SegmentId,
    made: SegmentId,
    catalog_after: Option<SegmentId>,
    counts_after: Vec<(String, SegmentId)>,
}

/// Adds one tier to the message. `approvals` is the query for the approval rows that the host's policy is checked against.
fn compose_run(message: &mut Message, release: &Release, run: &Run<'_>, approvals: Option<&str>) -> TierLayout {
    let script = run.script(release);
    // Only relations that existed before the tier are counted. A relation that the tier creates does not exist before the tier, or after
    // its rollback.
    let counted: Vec<&String> = run.tier.writes.iter().collect();
    let guard = message.part(&script.path, script.part(PartKind::Guard));
    let locked = message.statement_with(&guard, LOCKS);
    let before = message.engine("identity", questions::IDENTITY);
    let xid = message.engine("xid", "SELECT pg_catalog.pg_current_xact_id()::text AS xid;");
    // A tier that neither creates nor drops objects may not write to a catalog. For any other tier the catalog rows of the packet's objects
    // are read as well.
    let catalogue =
        |message: &mut Message| run.tier.makes().then(|| message.engine("catalogue", questions::CATALOG_STATE));
    let catalog_before = catalogue(message);
    let mut beside = BesideLayout::default();
    beside.ask(message, release, run);
    let counts_before = count(message, &counted);
    let body = message.part(&script.path, script.part(PartKind::Body));
    // A deferred trigger still runs with the settings that the tier left.
    message.engine("constraints", "SET CONSTRAINTS ALL IMMEDIATE;");
    message.engine("search_path", "SET LOCAL search_path = pg_catalog, pg_temp;");
    pin_again(message);
    let assert = message.part(&script.path, script.part(PartKind::Assert));
    let approvals = approvals.map(|question| message.engine("approvals", question));
    // The rows are counted after the assertions, so the counts include everything that an assertion could have written.
    let counts_after = count(message, &counted);
    beside.ask(message, release, run);
    let after = message.engine("identity", questions::IDENTITY);
    let locks = message.engine("locks", questions::LOCKS);
    let made = message.engine("catalogue", questions::CATALOG_MADE);
    let catalog_after = catalogue(message);
    TierLayout {
        sent: SentFile::of(&script, message),
        guard,
        locked,
        before,
        xid,
        catalog_before,
        beside,
        counts_before,
        live: run.tier.upserts.clone(),
        body,
        assert,
        approvals,
        after,
        locks,
        made,
        catalog_after,
        counts_after,
    }
}

impl TierLayout {
    /// The approval rows that the host's policy is checked against. `None` if they were not read.
    pub(super) fn signatures(&self, reply: &Reply) -> Option<Vec<Signature>> {
        Some(Signature::all(reply.to(self.approvals.as_ref()?).rows()))
    }

    /// Whether the tier's last query was answered.
    pub(super) fn is_answered(&self, reply: &Reply) -> bool {
        reply.to(self.catalog_after.as_ref().unwrap_or(&self.made)).is_whole()
    }
}

fn count(message: &mut Message, relations: &[&String]) -> Vec<(String, SegmentId)> {
    relations
        .iter()
        .map(|relation| ((*relation).clone(), message.engine("rows", &RowCount::question(relation))))
        .collect()
}

/// The checks that a tier made, with the part that made them.
pub(super) fn read_checks(reply: &Reply, run: &Run<'_>, layout: &TierLayout) -> Vec<(PartKind, Check)> {
    let parts = [
        (PartKind::Guard, &layout.guard, Phase::Guard),
        (PartKind::Body, &layout.body, Phase::Guard),
        (PartKind::Assert, &layout.assert, Phase::Assert),
    ];
    let mut found = Vec::new();
    for (part, segment, phase) in parts {
        let checks = reply.to(segment).notices().filter_map(|notice| Check::heard(notice, run.tier.number, phase));
        found.extend(checks.map(|check| (part, check)));
    }
    found
}

/// The approval rows, as the tier's transaction read them last.
pub(super) fn approvals(reply: &Reply, layout: &TierLayout) -> Vec<Approval> {
    reply.to(&layout.assert).notices().filter_map(Check::heard_approvals).next_back().unwrap_or_default()
}

pub(super) fn evidence(reply: &Reply, layout: &TierLayout, run: &Run<'_>) -> TierEvidence {
    let identity = |segment| reply.to(segment).row().map(Identity::of).unwrap_or_default();
    let count = |segment| reply.to(segment).row().and_then(RowCount::of);
    let catalog =
        |segment: &Option<SegmentId>| segment.as_ref().map(|segment| CatalogRows::all(reply.to(segment).rows()));
    let counted = layout.counts_before.iter().zip(&layout.counts_after);
    let before = identity(&layout.before);
    let tracked = before.track_counts;
    TierEvidence {
        before,
        xid: reply.to(&layout.xid).row().and_then(|row| row.get("xid")).map(str::to_owned),
        after: identity(&layout.after),
        locks: Lock::all(reply.to(&layout.locks).rows()),
        catalog_made: catalog_made(reply.to(&layout.made).rows()),
        catalog: catalog(&layout.catalog_before).zip(catalog(&layout.catalog_after)),
        beside: layout.beside.read(reply, run),
        counted: counted
            .filter_map(|((relation, before), (_, after))| {
                let live = tracked && layout.live.contains(relation);
                Some(Counted { relation: relation.clone(), before: count(before)?, after: count(after)?, live })
            })
            .collect(),
    }
}

/// Fills the report of a tier. Locks that an earlier tier of the same transaction took (`earlier`) are left out.
pub(super) fn fill(report: &mut TierReport, evidence: &TierEvidence, earlier: Option<&TierEvidence>) {
    report.xid.clone_from(&evidence.xid);
    report.deltas = evidence.counted.iter().map(|counted| (counted.relation.clone(), counted.delta())).collect();
    let by_counters = evidence.counted.iter().filter(|counted| counted.by_counters());
    report.by_counters = by_counters.map(|counted| counted.relation.clone()).collect();
    let is_own =
        |lock: &&Lock| !lock.catalog && !lock.is_gone() && !earlier.is_some_and(|earlier| earlier.locks.contains(lock));
    report.locks = evidence.locks.iter().filter(is_own).cloned().collect();
    // Locks on indexes and on the TOAST table are reported under the name of their table.
    report.locks.dedup_by(|lock, other| (&lock.relation, &lock.mode) == (&other.relation, &other.mode));
    report.wal_bytes = evidence.after.wal_bytes.zip(evidence.before.wal_bytes).map(|(after, before)| after - before);
    report.server_time = Some(evidence.after.server_time.clone()).filter(|time| !time.is_empty());
    report.duration_ms = server_time_between(&evidence.before.server_time, &evidence.after.server_time);
}

fn server_time_between(before: &str, after: &str) -> Option<f64> {
    let (before, after): (jiff::Timestamp, jiff::Timestamp) = (before.parse().ok()?, after.parse().ok()?);
    let micros = after.duration_since(before).as_micros();
    i32::try_from(micros / 100).ok().map(|tenths| f64::from(tenths) / 10.0)
}

/// After a complete reply the transaction must be in the intended state: open for COMMIT, or rolled back.
pub(super) fn wrong_end(reply: &Reply, end: TxEnd) -> Option<Failure> {
    let tag = reply.statements.last().map_or("", |statement| statement.tag.as_str());
    let right = match end {
        TxEnd::Commit => reply.status == b'T',
        TxEnd::Abort => reply.status == b'I' && tag == "ROLLBACK",
    };
    let status = char::from(reply.status);
    (!right).then(|| {
        Failure::ServerFacts(vec![format!("the transaction did not end as expected: tag {tag:?}, status {status:?}")])
    })
}

#[cfg(test)]
mod tests;
