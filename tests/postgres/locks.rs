//! Other sessions: locks that they hold, runs at the same time, and a gate that closes during a run.

use std::time::{Duration, Instant};

use crate::executors::content;
use crate::packet::{APR, apply, objects, release, rollback, standing, unmet_in};
use crate::support::{Lab, OWNER};

/// If the holder of a lock is idle in a transaction, preflight says NO-GO and names the session. The program does not wait for it.
#[test]
fn a_lock_held_by_an_idle_session_is_a_no_go_that_names_the_holder() {
    let lab = Lab::ratified();
    let before = lab.dump();
    for lock in [
        "LOCK TABLE public.governance_object_ownership IN ROW EXCLUSIVE MODE",
        "LOCK TABLE public.governance_object_ownership IN ACCESS EXCLUSIVE MODE",
        "UPDATE public.os_proposal_approvals SET note = note",
        "DELETE FROM public.governance_object_ownership",
    ] {
        let mut holder = lab.session();
        let pid = holder.backend();
        holder.run("BEGIN");
        holder.run(lock);
        let start = Instant::now();
        let output = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format=json"]).output();
        assert!(start.elapsed() < Duration::from_secs(20), "{lock}: {:?}", start.elapsed());
        assert!(matches!(output.code(), Some(4 | 5)), "{lock}\n{}", output.whole());
        assert!(output.stdout.contains(&format!("pid {pid}")), "{lock}: the holder is not named\n{}", output.whole());
        let report = output.json();
        assert_eq!(report["effect"]["kind"], "nothing_changed");
        // A tier that began is reported as aborted. If preflight stopped the run, no tier began.
        for tier in report["tiers"].as_array().into_iter().flatten() {
            assert_eq!(tier["outcome"], "aborted", "{lock}");
        }
        holder.run("ROLLBACK");
    }
    assert!(before == lab.dump());
    let _ = apply(&lab).expect_success();
}

/// The lock conflicts only with a lock of the tier. The program waits for a limited time, names the holder, and writes nothing.
#[test]
fn a_lock_that_cannot_be_obtained_ends_the_tier_in_time_and_names_the_holder() {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    let _ = apply(&lab).expect_success();
    let _ = rollback(&lab, ["--to", "5"]).expect_success();
    let before = lab.dump();
    let mut holder = lab.session();
    let pid = holder.backend();
    holder.run("BEGIN");
    holder.run("SELECT count(*) FROM public.oneroof_topic_assignment");
    holder.run("LOCK TABLE public.oneroof_topic IN SHARE MODE");
    let start = Instant::now();
    let output = rollback(&lab, ["--tier", "5", "--lock-timeout", "1"]).expect_code(5);
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(900) && waited < Duration::from_secs(20), "{waited:?}");
    let _ = output
        .expect_stdout(&format!("pid {pid}"))
        .expect_stdout("could not obtain a lock")
        .expect_stdout("nothing was changed")
        .expect_stdout("aborted")
        .expect_stderr("aborted");
    assert!(before == lab.dump());
    // If the holder ends while the run waits, the run goes on.
    let waiting = lab.oneroof(["rollback", "--full", "--yes", "--no-rehearsal", "--lock-timeout", "60"]).start();
    waiting.wait_for_stderr(&format!("pid {pid}"));
    holder.run("ROLLBACK");
    let _ = waiting.finish().expect_success();
    assert!(baseline == lab.dump());
    // The evidence records how long each tier waited and, by the server's clock, when it ended.
    let evidence = lab.sandbox.evidence().pop().unwrap();
    let tiers = evidence["report"]["tiers"].as_array().unwrap();
    let waited: Vec<u64> = tiers.iter().filter_map(|tier| tier["waited_ms"].as_u64()).collect();
    assert!(!waited.is_empty() && waited[0] > 0 && waited.len() < tiers.len(), "{waited:?}");
    let times: Vec<&str> = tiers.iter().map(|tier| tier["server_time"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times.len() == 5, "{times:?}");
}

/// The server does not cancel a VACUUM or ANALYZE that a person started. It is named with its session, and the run goes on when it has ended.
#[test]
fn maintenance_that_a_person_started_is_named_and_waited_for() {
    let lab = Lab::ratified();
    lab.admin(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level)
         SELECT 'APR-OLD-' || i, 'L1' FROM generate_series(1, 60000) AS i",
    );
    lab.admin("DELETE FROM public.os_proposal_approvals WHERE proposal_code LIKE 'APR-OLD-%'");
    let before = lab.dump();
    let mut person = lab.session();
    let pid = person.backend();
    person.run("SET vacuum_cost_limit = 1");
    person.run("SET vacuum_cost_delay = '100ms'");
    for work in ["VACUUM public.os_proposal_approvals", "ANALYZE public.os_proposal_approvals"] {
        person.send(work);
        let locked = format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND mode = 'ShareUpdateExclusiveLock'");
        while lab.admin(&locked) == "0" {
            std::thread::sleep(Duration::from_millis(20));
        }
        let arguments = ["apply", "--ratified-apr", APR, "--yes", "--lock-timeout", "1"];
        let output = lab.oneroof(arguments).output().expect_code(5).expect_stdout("nothing was changed");
        let _ = output.expect_stdout(&format!("pid {pid}")).expect_stdout("ShareUpdateExclusiveLock");
        lab.admin(&format!("SELECT pg_cancel_backend({pid})"));
        let _ = person.answer();
    }
    assert!(before == lab.dump());
    let _ = apply(&lab).expect_success();
}

/// This also holds for the locks that a guard takes on tables that the release only reads.
#[test]
fn a_writer_of_a_table_behind_a_view_is_named() {
    let lab = Lab::ratified();
    let mut reader = lab.session();
    let reading = reader.backend();
    reader.run("BEGIN");
    reader.run("SELECT count(*) FROM public.v_governance_object_inventory");
    let base = lab.admin(
        "SELECT c.oid::regclass FROM pg_rewrite AS w JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
         JOIN pg_class AS c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid AND c.relkind = 'r'
         WHERE w.ev_class = 'public.v_governance_object_inventory'::regclass ORDER BY c.relname LIMIT 1",
    );
    let mut writer = lab.session();
    let writing = writer.backend();
    writer.run("BEGIN");
    writer.run(&format!("LOCK TABLE {base} IN ROW EXCLUSIVE MODE"));
    // Preflight accepts both sessions, because they are active and not idle.
    writer.send("SELECT pg_sleep(600)");
    reader.send("SELECT pg_sleep(600)");
    let arguments = ["apply", "--ratified-apr", APR, "--yes", "--no-rehearsal", "--lock-timeout", "1", "--format=json"];
    let output = lab.oneroof(arguments).output().expect_code(5);
    let report = output.json();
    let shown = report["error"]["message"].as_str().unwrap();
    assert!(shown.contains(&format!("pid {writing},")) && shown.contains("RowExclusiveLock"), "{shown}");
    assert!(!shown.contains(&format!("pid {reading},")), "{shown}");
}

/// An active session blocks all readers. Every command waits for a limited time and then names the session in the same words.
#[test]
fn a_session_that_blocks_readers_is_named_and_waited_for() {
    let lab = Lab::ratified();
    let mut holder = lab.session();
    let pid = holder.backend();
    let lock = |holder: &mut crate::support::Session, seconds: f32| {
        holder.run("BEGIN");
        holder.run("LOCK TABLE public.governance_object, public.governance_object_ownership IN ACCESS EXCLUSIVE MODE");
        holder.send(&format!("SELECT pg_sleep({seconds})"));
    };
    lock(&mut holder, 600.0);
    let asked = [
        (4, lab.oneroof(["preflight", "--ratified-apr", APR]).start()),
        (4, lab.oneroof(["apply", "--ratified-apr", APR, "--yes"]).start()),
        (5, lab.oneroof(["status"]).start()),
        (5, lab.oneroof(["fingerprint"]).start()),
    ];
    for (code, run) in asked {
        let output = run.finish().expect_code(code).expect_stdout(&format!("pid {pid}"));
        let _ = output.expect_stdout("AccessExclusiveLock on public.governance_object");
    }
    lab.admin(&format!("SELECT pg_cancel_backend({pid})"));
    let _ = holder.answer();
    holder.run("ROLLBACK");
    // A session that ends soon is waited for.
    lock(&mut holder, 2.0);
    let waiting = lab.oneroof(["preflight", "--ratified-apr", APR]).start();
    let _ = holder.answer();
    holder.run("ROLLBACK");
    let _ = waiting.finish().expect_success();
    // What could not be checked is not reported as wrong.
    let _ = apply(&lab).expect_success();
    lock(&mut holder, 600.0);
    let verify = lab.oneroof(["verify"]).output().expect_code(5).expect_stdout(&format!("pid {pid}"));
    assert!(!verify.stdout.contains("rollback"), "{}", verify.whole());
}

#[test]
fn a_reader_blocks_nothing() {
    let lab = Lab::ratified();
    let mut reader = lab.session();
    let pid = reader.backend();
    // The session reads until the test cancels it.
    reader.send("SELECT pg_sleep(600) FROM public.governance_class, public.v_governance_scope LIMIT 1");
    let at_work = format!(
        "SELECT count(*) FROM pg_locks WHERE pid = {pid} AND relation = 'public.governance_class'::regclass AND granted"
    );
    while lab.admin(&at_work) != "1" {}
    let _ = apply(&lab).expect_success();
    let _ = lab.oneroof(["verify"]).output().expect_success();
    assert_eq!(lab.admin(&at_work), "1", "the reader did not go on");
    let _ = rollback(&lab, ["--to", "2"]).expect_success();
    assert_eq!(standing(&lab), [1, 2]);
    lab.admin(&format!("SELECT pg_cancel_backend({pid})"));
    assert!(reader.answer().unwrap_err().contains("user request"));
}

#[test]
fn a_prepared_transaction_that_holds_a_lock_is_named_by_its_gid() {
    let lab = Lab::own(|builder| builder.setting("max_prepared_transactions", "4"));
    lab.ratify();
    let _ = apply(&lab).expect_success();
    let applied = lab.dump();
    lab.psql("BEGIN; UPDATE public.oneroof_scan_rule SET title = title; PREPARE TRANSACTION 'left by somebody'");
    let output = rollback(&lab, ["--full", "--lock-timeout", "1"]).expect_code(5);
    let _ = output.expect_stdout("prepared transaction left by somebody").expect_stdout("nothing was changed");
    assert!(applied == lab.dump());
    lab.psql("ROLLBACK PREPARED 'left by somebody'");
    let _ = rollback(&lab, ["--full"]).expect_success();
    lab.psql("BEGIN; UPDATE public.os_proposal_approvals SET note = 'x'; PREPARE TRANSACTION 'signing'");
    let baseline = lab.dump();
    let output = apply(&lab);
    assert!(matches!(output.code(), Some(4 | 5)), "{}", output.whole());
    let _ = output.expect_stdout("signing").expect_stdout("nothing was changed");
    assert!(baseline == lab.dump());
    lab.psql("ROLLBACK PREPARED 'signing'");
    let _ = apply(&lab).expect_success();
}

/// Ten races. Each has one winner, and the other run reports who holds the lock or that the release is applied. The winner's database is
/// complete.
#[test]
fn of_two_operators_one_applies_and_the_other_is_refused() {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    let mut golden = None;
    for race in 0..10 {
        let start = || lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--no-rehearsal"]).start();
        let (one, other) = (start(), start());
        let (one, other) = (one.finish(), other.finish());
        let mut codes = [one.code().unwrap(), other.code().unwrap()];
        codes.sort_unstable();
        assert_eq!(codes[0], 0, "race {race}\n{}\n{}", one.whole(), other.whole());
        assert!([4, 10].contains(&codes[1]), "race {race}\n{}\n{}", one.whole(), other.whole());
        let loser = if one.code() == Some(0) { other } else { one };
        if codes[1] == 10 {
            let _ = loser.expect_stdout("another run holds the run lock: pid ").expect_stdout("nothing was changed");
        } else {
            // The second run began after the winner had ended.
            let _ = loser.expect_stdout("oneroof rollback --full").expect_stdout("nothing was changed");
        }
        assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6], "race {race}");
        let now = content(&lab);
        assert_eq!(golden.get_or_insert_with(|| now.clone()), &now);
        let _ = rollback(&lab, ["--full"]).expect_success();
    }
    assert!(baseline == lab.dump());
}

#[test]
fn while_a_run_is_under_way_others_are_refused_and_reading_goes_on() {
    let lab = Lab::ratified();
    let mut holder = lab.session();
    let pid = holder.backend();
    holder.run("SELECT pg_advisory_lock(20260603, 1)");
    let before = lab.dump();
    for arguments in [
        ["apply", "--ratified-apr", APR, "--yes"].as_slice(),
        &["apply", "--ratified-apr", APR, "--dry-run"],
        &["rollback", "--full", "--yes"],
    ] {
        let output = lab.oneroof(arguments).output().expect_code(10);
        let _ = output.expect_stdout(&format!("pid {pid}, user {OWNER}")).expect_stdout("nothing was changed");
    }
    assert!(before == lab.dump());
    for arguments in [["preflight"].as_slice(), &["status"], &["fingerprint"]] {
        let _ = lab.oneroof(arguments).output().expect_success();
    }
}

/// The gate closes while tiers are applied. By the server's commit timestamps no tier is committed after the gate closed.
#[test]
fn no_tier_is_committed_after_the_gate_was_closed() {
    let lab = Lab::own(|builder| builder.setting("track_commit_timestamp", "on"));
    lab.ratify();
    let mut stopped = 0;
    for tier in &release().descriptor.tiers {
        let moment = usize::from(tier.number);
        let run = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--no-rehearsal", "--format=json"]).start();
        let mut closer = lab.session();
        run.wait_for_stderr(&format!("applying tier {moment} {}", tier.name));
        // The DELETE waits for a tier that holds a lock on the table. A later tier waits for the DELETE and finds the gate closed.
        closer.run("BEGIN");
        closer.run("DELETE FROM public.os_proposal_approvals");
        let close = closer.run("SELECT pg_current_xact_id()");
        closer.run("COMMIT");
        let output = run.finish();
        let report = output.json();
        let stands = standing(&lab);
        assert_eq!(report["effect"]["applied"], serde_json::json!(stands), "{}", output.whole());
        assert!(stands.len() >= moment - 1, "tier {moment} had begun, and {stands:?} are applied");
        if output.code() != Some(0) {
            assert!(matches!(output.code(), Some(4 | 5)), "{}", output.whole());
            let unmet = unmet_in(&report);
            assert!(unmet.iter().any(|name| name == "gate"), "{}", output.whole());
            stopped += 1;
        }
        for number in stands {
            let proof_row = &release().descriptor.tiers[usize::from(number) - 1].proof_row;
            let row = match (&proof_row.column, &proof_row.value) {
                (Some(column), Some(value)) => {
                    format!("SELECT xmin FROM {} WHERE {column} = '{value}' LIMIT 1", proof_row.table)
                }
                _ => format!("SELECT xmin FROM pg_class WHERE oid = '{}'::regclass", proof_row.table),
            };
            let earlier = lab
                .admin(&format!("SELECT pg_xact_commit_timestamp(({row})) < pg_xact_commit_timestamp('{close}'::xid)"));
            assert_eq!(earlier, "t", "tier {number} was committed after the gate was closed in tier {moment}");
        }
        let _ = rollback(&lab, ["--full"]).expect_success();
        lab.ratify();
    }
    assert!(stopped > 0, "the gate was never closed before the end");
    assert_eq!(objects(&lab), "0");
}
