//! Tests of the test harness itself.

use std::time::Instant;

use crate::support::{DATABASE, Lab, OWNER, Redactions, Sandbox, canary, key, readers};

#[test]
fn a_lab_holds_the_baseline_with_the_gate_closed() {
    let start = Instant::now();
    let lab = Lab::new();
    println!("a lab with the baseline: {:?}", start.elapsed());
    assert_eq!(lab.psql("SELECT current_database(), current_user"), format!("{DATABASE}|{OWNER}"));
    assert_eq!(lab.count("public.os_proposal_approvals"), 0);
    assert_eq!(lab.count("public.v_governance_object_inventory"), 35);
}

#[test]
fn two_labs_are_equal_and_an_approval_can_be_withdrawn() {
    let one = Lab::new().dump();
    let two = Lab::ratified();
    assert_ne!(one, two.dump());
    assert_ne!(two.count("public.os_proposal_approvals"), 0);
    two.withdraw();
    readers::assert_same(&one, &two.dump());
}

#[test]
fn every_kind_of_change_shows_in_a_dump() {
    let lab = Lab::new();
    let environment = lab.environment(DATABASE, lab.administrator());
    let read = || (lab.dump(), readers::dump_by_psql(&environment).unwrap());
    let mut before = read();
    assert_eq!(before, read());
    for change in [
        "INSERT INTO public.event_type_registry (event_type, domain, active) VALUES ('x', 'y', true)",
        "UPDATE public.event_type_registry SET active = false WHERE event_type = 'x'",
        "COMMENT ON TABLE public.event_type_registry IS 'x'",
        "GRANT SELECT ON public.event_type_registry TO public",
        "GRANT SELECT (event_type) ON public.event_outbox TO public",
        "ALTER TABLE public.event_type_registry ALTER COLUMN domain SET DEFAULT 'x'",
        "CREATE INDEX x ON public.event_type_registry (active)",
        "ALTER TABLE public.event_type_registry ADD CHECK (event_type <> 'no')",
        "ALTER TABLE public.event_type_registry ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON public.event_type_registry USING (active)",
        "CREATE RULE r AS ON DELETE TO public.event_type_registry DO INSTEAD NOTHING",
        "CREATE SEQUENCE public.counter",
        "SELECT nextval('public.counter')",
        "SELECT nextval('public.counter')",
        "CREATE VIEW public.seen AS SELECT 1 AS one",
        "CREATE OR REPLACE VIEW public.seen AS SELECT 2 AS one",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "CREATE TYPE public.mood AS ENUM ('calm')",
        "ALTER TYPE public.mood ADD VALUE 'glad'",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public",
        "CREATE SCHEMA other",
    ] {
        lab.psql(change);
        let after = read();
        assert!(before.0 != after.0, "not in the dump: {change}");
        assert!(before.1 != after.1, "not in psql's: {change}");
        before = after;
    }
}

#[test]
fn a_session_holds_its_locks_while_others_work() {
    let lab = Lab::new();
    let mut holder = lab.session();
    holder.run("BEGIN");
    holder.run("LOCK TABLE public.os_proposal_approvals IN ACCESS EXCLUSIVE MODE;");
    let held = lab.psql(
        "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND pid <> pg_backend_pid()",
    );
    assert_eq!(held, "1");
    assert!(holder.backend() > 1);
    let mut waiter = lab.session();
    waiter.send("SELECT count(*) FROM public.os_proposal_approvals");
    holder.run("ROLLBACK");
    assert_eq!(waiter.answer().unwrap(), "0");
    let error = {
        waiter.send("SELECT 1/0");
        waiter.answer().unwrap_err()
    };
    assert!(error.contains("division by zero"), "{error}");
}

#[test]
fn the_owner_with_a_password_gets_in_with_it_only() {
    let lab = Lab::with_password();
    assert_eq!(lab.psql("SELECT 1"), "1");
    let mut command = lab.psql_command(DATABASE, OWNER);
    command.env_remove("PGPASSWORD").args(["--no-password", "--command=SELECT 1"]);
    let refused = command.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("no password supplied"), "{said}");
    command.env("PGHOST", "127.0.0.1").env("PGPASSWORD", canary::PASSWORD);
    assert!(command.output().unwrap().status.success());
}

#[test]
fn a_run_with_a_password_does_not_show_it() {
    let lab = Lab::new();
    let output = lab.oneroof(["--version"]).output();
    canary::assert_silent(&lab.sandbox, &[&output], &[]);
    let output = output.snapshot();
    assert!(output.starts_with("exit "), "{output}");
}

#[test]
fn the_program_sees_a_terminal_and_draws_on_it() {
    let sandbox = Sandbox::new();
    // If the tests run in the background, the shell may ignore SIGINT.
    let mut terminal = sandbox.shell(
        "test -t 0 && test -t 1 && stty size && read word && echo \"got $word\" > /dev/tty && exec env --default-signal=INT sleep 60",
        40,
        91,
    );
    terminal.wait_for("40 91");
    terminal.resize(20, 50);
    terminal.enter("directus");
    terminal.enter(key::ENTER);
    terminal.wait_for("got directus");
    // The key becomes a signal only on the controlling terminal.
    terminal.enter(key::INTERRUPT);
    let output = terminal.finish();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(2));
}

#[test]
fn a_snapshot_holds_nothing_that_changes_from_run_to_run() {
    let sandbox = Sandbox::new();
    let text = format!(
        "took 12.3 ms, limit 30 s, 0.4 s in all, pid 4711, xid 842 at 0/1A2B3C8\n\
         tier 3     7.123 ms     8,192 bytes   3/43\n\
         {}/x and {}\n\
         2026-06-03T10:00:00.123Z 2026-06-03 10:00:00+00 rollout_20260603T100000Z.log\n\
         sha256:{} {{\"pid\": 12, \"duration_ms\": 1.5, \"xid\": \"842\"}}\n",
        sandbox.work().display(),
        sandbox.root().display(),
        "0".repeat(64)
    );
    assert_eq!(
        sandbox.redactions().text("tier 3", "$TIER").apply(&text),
        "took $DURATION, limit 30 s, $DURATION in all, pid $PID, xid $XID at $LSN\n\
         $TIER  $DURATION  $BYTES  3/43\n\
         $WORK/x and $SANDBOX\n\
         $TIME $TIME rollout_$UTC.log\n\
         sha256:$DIGEST {\"pid\": $PID, \"duration_ms\": $DURATION, \"xid\": \"$XID\"}\n"
    );
    assert_eq!(Redactions::new().apply("plain\n"), "plain\n");
}
