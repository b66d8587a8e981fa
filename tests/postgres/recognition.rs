//! A session remembers which objects it has compared and does not compare them again. An altered object is never recognised as compared.

use crate::packet::APR;
use crate::support::{DATABASE, Lab, Session, exported_text};

/// The description of the change, the SQL that makes it, the difference that the state of tier 1 then names, and the SQL that reverts it.
type Alteration = (&'static str, &'static str, &'static str, &'static str);

const ALTERATIONS: [Alteration; 9] = [
    (
        "a comment on a constraint",
        "COMMENT ON CONSTRAINT oneroof_axis_pkey ON public.oneroof_axis IS 'ours'",
        "constraint oneroof_axis_pkey",
        "COMMENT ON CONSTRAINT oneroof_axis_pkey ON public.oneroof_axis IS NULL",
    ),
    (
        "a comment on an index",
        "COMMENT ON INDEX public.oneroof_axis_pkey IS 'ours'",
        "index oneroof_axis_pkey",
        "COMMENT ON INDEX public.oneroof_axis_pkey IS NULL",
    ),
    (
        "a default",
        "ALTER TABLE public.oneroof_axis ALTER COLUMN title SET DEFAULT 'x'",
        "default title",
        "ALTER TABLE public.oneroof_axis ALTER COLUMN title DROP DEFAULT",
    ),
    (
        "a setting of a table",
        "ALTER TABLE public.oneroof_topic SET (fillfactor = 50)",
        "oneroof_topic",
        "ALTER TABLE public.oneroof_topic RESET (fillfactor)",
    ),
    (
        "a trigger that is switched off",
        "ALTER TABLE public.oneroof_axis_value DISABLE TRIGGER ALL",
        "switched off",
        "ALTER TABLE public.oneroof_axis_value ENABLE TRIGGER ALL",
    ),
    (
        "a stranger's view on ours",
        "CREATE VIEW public.theirs AS SELECT FROM public.oneroof_topic",
        "theirs",
        "DROP VIEW public.theirs",
    ),
    (
        "a column more",
        "ALTER TABLE public.oneroof_topic ADD COLUMN more text",
        "more",
        "ALTER TABLE public.oneroof_topic DROP COLUMN more",
    ),
    (
        "a column of a view that ours read has another name",
        "ALTER VIEW public.v_governance_scope RENAME COLUMN scope_code TO other",
        "definition",
        "ALTER VIEW public.v_governance_scope RENAME COLUMN other TO scope_code",
    ),
    (
        "an index that is marked",
        "ALTER TABLE public.oneroof_topic CLUSTER ON oneroof_topic_pkey",
        "CLUSTER mark",
        "ALTER TABLE public.oneroof_topic SET WITHOUT CLUSTER",
    ),
];

/// A lab with the release applied, and a session of its administrator.
fn released() -> (Lab, Session) {
    let lab = Lab::ratified();
    let _ = lab.oneroof(["apply", "--ratified-apr", APR, "--no-rehearsal", "--yes"]).output().expect_code(0);
    let session = lab.session_in(DATABASE, lab.administrator());
    (lab, session)
}

/// The state of tier 1 with its difference, from the query for the states. A transaction must be open.
fn state(session: &mut Session) -> String {
    let answered = session.run(&exported_text("sql/prod_verify/states.sql"));
    let first = answered.lines().find(|line| line.starts_with("1|")).unwrap_or_else(|| panic!("{answered}"));
    let mut fields = first.split('|').skip(2);
    let (state, difference) = (fields.next().unwrap(), fields.next().unwrap_or_default());
    format!("{state} {difference}").trim_end().to_owned()
}

/// As [`state`], in a separate transaction.
fn state_alone(session: &mut Session) -> String {
    session.run("BEGIN");
    let state = state(session);
    session.run("COMMIT");
    state
}

/// The length of the session's list of compared objects.
fn remembered(session: &mut Session) -> usize {
    session.run("SELECT length(current_setting('oneroof.compared'))").trim().parse().unwrap()
}

#[test]
fn a_compared_state_is_recognised_and_not_compared_again() {
    let (_lab, mut session) = released();
    assert_eq!(state_alone(&mut session), "applied");
    let once = remembered(&mut session);
    // A second comparison would make the list longer.
    assert_eq!((state_alone(&mut session), remembered(&mut session)), ("applied".to_owned(), once));
    // If the transaction is rolled back, the session forgets what the transaction compared.
    session.run("BEGIN");
    session.run("ALTER VIEW public.v_oneroof_axis SET (security_barrier)");
    session.run("ALTER VIEW public.v_oneroof_axis RESET (security_barrier)");
    assert_eq!(state(&mut session), "applied");
    assert!(remembered(&mut session) > once, "the row was replaced, so it must be compared again");
    session.run("ROLLBACK");
    assert_eq!((state_alone(&mut session), remembered(&mut session)), ("applied".to_owned(), once));
}

#[test]
fn every_alteration_is_compared_again() {
    let (lab, mut session) = released();
    assert_eq!(state_alone(&mut session), "applied");
    for (what, alter, words, back) in ALTERATIONS {
        lab.admin(alter);
        let found = state_alone(&mut session);
        assert!(found.contains(words), "{what}: {found}");
        lab.admin(back);
        assert_eq!(state_alone(&mut session), "applied", "{what}, after it was reverted");
    }
}

#[test]
fn an_alteration_after_the_comparison_in_the_same_transaction_is_found() {
    let (_lab, mut session) = released();
    session.run("BEGIN");
    // From here on our transaction's id is the `xmin` of the catalog row. A further change moves the row but does not change its `xmin`.
    session.run("ALTER TABLE public.oneroof_topic SET (fillfactor = 50)");
    assert!(state(&mut session).contains("oneroof_topic"));
    session.run("ALTER TABLE public.oneroof_topic RESET (fillfactor)");
    assert_eq!(state(&mut session), "applied");
    session.run("ALTER TABLE public.oneroof_topic SET (fillfactor = 60)");
    assert!(state(&mut session).contains("oneroof_topic"));
}
