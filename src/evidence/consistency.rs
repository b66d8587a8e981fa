//! Finds statements in a rollout file that cannot all be true. This module is pure: it compares the file with itself and with the release,
//! never with a database.
//!
//! The executor writes no such contradiction. Each one means that the file was changed after the run, or that no run wrote it.

mod found;
mod tiers;

use found::Contradictions;
pub use found::{Contradiction, Topic};

use super::{How, Rollout};
use crate::exec::Outcome;
use crate::pg::server_facts::Identity;
use crate::release::Release;
use crate::report::{EffectKind, Verdict};
use jiff::Timestamp;

/// Every contradiction in the file.
pub fn contradictions(rollout: &Rollout, release: &Release) -> Vec<Contradiction> {
    let mut found = Contradictions(Vec::new());
    times(&mut found, rollout);
    outcome(&mut found, rollout);
    effect(&mut found, rollout);
    session(&mut found, rollout, release);
    arguments(&mut found, rollout);
    fingerprints(&mut found, rollout);
    tiers::contradictions(&mut found, rollout, release);
    found.0
}

/// Commands that write to the database only in the transactions that the file lists.
const TRANSACTIONS_ONLY: [&str; 4] = ["apply", "rollback", "scan", "shadow"];

fn times(found: &mut Contradictions, rollout: &Rollout) {
    let of = |text: &str| text.parse::<Timestamp>().ok();
    let (begun, written) = (of(&rollout.record.begun), of(&rollout.record.written));
    found.unless(begun.is_some() && written.is_some(), Topic::Times, || {
        "one of the run's times cannot be read".to_owned()
    });
    found.unless(begun <= written, Topic::Times, || {
        format!("written {} is before begun {}", rollout.record.written, rollout.record.begun)
    });
    if let Some(begun) = begun {
        let stamp = begun.strftime("%Y%m%dT%H%M%SZ").to_string();
        // The page about a clone rehearsal has another name, with the time at which it was written.
        let is_page = |name: &str| rollout.record.report.command == "clone" && name.starts_with("clone_");
        let is_of_it =
            |path: &String| path.rsplit('/').next().is_some_and(|name| name.contains(&stamp) || is_page(name));
        found.unless(rollout.record.report.evidence.iter().all(is_of_it), Topic::Times, || {
            format!("the names of its files do not contain the time when the run began, {stamp}")
        });
    }
    let Some(session) = &rollout.record.session else { return };
    let row = [
        ("the server's start", &session.postmaster_start),
        ("the session's start", &session.backend_start),
        ("the server's clock", &session.server_time),
    ];
    for pair in row.windows(2) {
        let ((earlier, one), (later, other)) = (pair[0], pair[1]);
        let (Some(one), Some(other)) = (of(one), of(other)) else { continue };
        found.unless(one <= other, Topic::Times, || format!("{later} {other} is before {earlier} {one}"));
    }
}

fn outcome(found: &mut Contradictions, rollout: &Rollout) {
    let report = &rollout.record.report;
    let (verdict, code) = (report.verdict, report.exit_code);
    found.unless(verdict.ends_with(code), Topic::Outcome, || {
        format!("the verdict {} does not fit the exit code {code}", verdict.word())
    });
    found.unless(report.error.is_some() == (code != 0), Topic::Outcome, || match report.error {
        Some(_) => format!("the exit code is {code}, but the file holds an error"),
        None => format!("the exit code is {code}, but the file holds no error"),
    });
    found.unless(!rollout.record.complete || !rollout.is_open(), Topic::Outcome, || {
        "the file is marked complete, but how a COMMIT ended is not known".to_owned()
    });
    found.unless(!rollout.record.complete || verdict != Verdict::Unknown, Topic::Outcome, || {
        "the file is marked complete, but its verdict is UNKNOWN".to_owned()
    });
    let Some(pending) = &rollout.record.commit_next else { return };
    let open: Vec<_> = report.tiers.iter().filter(|tier| tier.outcome == Outcome::Unresolved).collect();
    let is_it =
        matches!(open.as_slice(), [tier] if tier.number == pending.tier && tier.xid.as_deref() == Some(&pending.xid));
    found.unless(is_it, Topic::Outcome, || {
        format!(
            "it says that the outcome of the COMMIT of {} is not known, but its tiers say otherwise",
            pending.name()
        )
    });
    let of = |session: &Identity| {
        (session.system_identifier.clone(), session.database.clone(), session.database_oid.clone())
    };
    let its = (pending.system_identifier.clone(), pending.database.clone(), pending.database_oid.clone());
    found.unless(rollout.record.session.as_ref().is_some_and(|session| of(session) == its), Topic::Outcome, || {
        "the COMMIT with an unknown outcome was in another database than the session".to_owned()
    });
}

/// The effect of the run must follow from its transactions.
fn effect(found: &mut Contradictions, rollout: &Rollout) {
    let report = &rollout.record.report;
    if !TRANSACTIONS_ONLY.contains(&report.command.as_str()) {
        return;
    }
    let expected = match (rollout.is_open(), rollout.kept().count()) {
        (true, _) => EffectKind::Unknown,
        (false, 0) => EffectKind::NothingChanged,
        (false, _) => EffectKind::Applied,
    };
    found.unless(report.effect.kind == expected, Topic::Outcome, || {
        let kept = rollout.kept().count();
        format!("its effect is {:?}, but {kept} of its transactions were committed", report.effect.kind)
    });
    found.unless(report.verdict != Verdict::NoGo || rollout.kept().count() == 0, Topic::Outcome, || {
        "its verdict is NO-GO, but transactions were committed".to_owned()
    });
}

fn session(found: &mut Contradictions, rollout: &Rollout, release: &Release) {
    let (report, topic) = (&rollout.record.report, Topic::Session);
    let Some(session) = &rollout.record.session else {
        let reached = report.target.is_some() || !report.tiers.is_empty() || !report.checks.is_empty();
        let follows = rollout.record.previous.is_some() || rollout.record.client.is_some();
        found.unless(!reached && !follows && report.effect.applied.is_none(), topic, || {
            "the run reached a database, but the file names no session".to_owned()
        });
        return;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let named = session.database_oid.as_deref().is_some_and(is_number);
    found.unless(named && is_number(&session.system_identifier) && is_number(&session.timeline), topic, || {
        "it does not name the server and the database".to_owned()
    });
    found.unless(
        rollout.record.previous.as_ref().is_none_or(|previous| !rollout.path.ends_with(&previous.file)),
        topic,
        || "it names itself as the earlier evidence".to_owned(),
    );
    let Some(target) = &report.target else {
        found.unless(false, topic, || "it names a session, but no target".to_owned());
        return;
    };
    for (what, one, other) in [
        ("database", &target.database, &session.database),
        ("server version", &target.server_version, &session.server_version),
        ("role", &target.user, &session.current_user),
    ] {
        found.unless(one == other, topic, || format!("the target's {what} is {one}, the session's {other}"));
    }
    let major = session.server_version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    found.unless(session.major().to_string() == major, topic, || {
        format!("server version {} and its number {} differ", session.server_version, session.server_version_num)
    });
    if rollout.kept().next().is_none() {
        return;
    }
    let descriptor = &release.descriptor;
    let right = session.database == descriptor.release.database || descriptor.is_clone(&session.database);
    found.unless(right, topic, || {
        format!(
            "transactions were committed in {}, which is neither the release's database nor a clone",
            session.database
        )
    });
    let can_write = session.holds_run_lock && !session.read_only && !session.in_recovery;
    found.unless(can_write && session.replication_role == "origin", topic, || {
        "transactions were committed, but its session could not have committed them".to_owned()
    });
}

fn arguments(found: &mut Contradictions, rollout: &Rollout) {
    let topic = Topic::Arguments;
    let command = &rollout.record.report.command;
    found.unless(rollout.record.arguments.iter().any(|word| word == command), topic, || {
        format!("the command is {command}, but the command line does not name it")
    });
    let given = |option: &str| {
        let joined = format!("{option}=");
        let words = rollout.record.arguments.iter();
        let next = words.clone().skip_while(|word| *word != option).nth(1).cloned();
        next.or_else(|| words.clone().find_map(|word| word.strip_prefix(&joined)).map(str::to_owned))
    };
    let code = given("--approval").or_else(|| given("--ratified-apr"));
    found.unless(code == rollout.record.ratified_apr, topic, || {
        "the approval code is not the one of the command line".to_owned()
    });
    let dry = rollout.has("--dry-run");
    found.unless(!dry || rollout.kept().next().is_none() && rollout.record.commit_next.is_none(), topic, || {
        "it was a dry run, but transactions were committed".to_owned()
    });
    let how = rollout.record.confirmed.as_ref().map(|confirmed| confirmed.how);
    let wrote = rollout.kept().next().is_some() || rollout.record.commit_next.is_some();
    found.unless(!wrote || how.is_some_and(|how| how != How::NotNeeded), topic, || {
        "transactions were committed, but nobody confirmed the run".to_owned()
    });
    let option = match how {
        Some(How::ByName) => Some("--confirm"),
        Some(How::ByYes) => Some("--yes"),
        Some(How::Typed | How::NotNeeded) | None => None,
    };
    found.unless(option.is_none_or(|option| rollout.has(option)), topic, || {
        format!("it was confirmed by {}, but the command line does not have that option", option.unwrap_or_default())
    });
    found.unless(dry == (how == Some(How::NotNeeded)), topic, || "only a dry run needs no confirmation".to_owned());
    let rehearsed = !rollout.ended(Outcome::Rehearsed).is_empty();
    found.unless(command != "apply" || !rehearsed || dry, topic, || {
        "tiers were only rehearsed, but it was not a dry run".to_owned()
    });
}

fn fingerprints(found: &mut Contradictions, rollout: &Rollout) {
    let topic = Topic::Fingerprints;
    let (entry, exit) = rollout.ends();
    let after_rollback = rollout.after_rollback();
    for (end, fingerprint) in [("at entry", entry), ("at exit", exit), ("after the rollbacks", after_rollback)] {
        let whole = fingerprint.is_none_or(crate::fingerprint::Fingerprint::is_whole);
        found.unless(whole, topic, || format!("the digest of the fingerprint {end} does not match its content"));
    }
    let report = &rollout.record.report;
    let demanded = match report.command.as_str() {
        "apply" => true,
        "rollback" | "shadow" => !report.tiers.is_empty(),
        _ => false,
    };
    let is_done = rollout.record.complete && report.verdict == Verdict::Done;
    found.unless(!demanded || !is_done || entry.is_some() && exit.is_some(), topic, || {
        "its verdict is DONE, but one of its fingerprints is missing".to_owned()
    });
    let (Some(entry), Some(exit)) = (entry, exit) else { return };
    let compared = exit.compare(entry);
    if let Some(recorded) = rollout.run().and_then(|run| run.comparison.as_ref()) {
        found.unless(*recorded == compared, topic, || "its comparison does not fit its two fingerprints".to_owned());
    }
    let unchanged = rollout.has("--dry-run") || report.command == "shadow";
    found.unless(!unchanged || !is_done || compared.equal, topic, || {
        format!("the fingerprints had to be equal: {}", compared.differences.join("; "))
    });
    let compared = after_rollback.map(|fingerprint| fingerprint.compare(entry));
    let recorded = rollout.run().and_then(|run| run.rollback.as_ref());
    found.unless(recorded == compared.as_ref(), topic, || {
        "its comparison after the rollbacks does not fit its fingerprints".to_owned()
    });
    let is_back = compared.as_ref().is_some_and(|compared| compared.equal);
    found.unless(!rollout.has("--with-rollback") || !is_done || is_back, topic, || {
        "its verdict is DONE, but the fingerprint after the rollbacks is missing or differs from the one at entry"
            .to_owned()
    });
}
