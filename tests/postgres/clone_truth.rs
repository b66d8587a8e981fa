//! `clone run` reports only what is true. Each case changes the database so that the usual words of a stage would be false, on a real
//! server.

use crate::clone::{NAME, clone, databases, lab, stage};
use crate::support::{DATABASE, Lab, OWNER};

/// Replaces the body of the function that checks the outbox. The trigger that calls it stays as it is.
fn guard(declare: &str, body: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION public.fn_event_outbox_validate() RETURNS trigger LANGUAGE plpgsql AS $f$ \
         DECLARE ok boolean := false; {declare} BEGIN \
         SELECT r.active INTO ok FROM public.event_type_registry AS r WHERE r.event_type = NEW.event_type; {body} RETURN NEW; END $f$;"
    )
}

const REFUSES: &str = "IF ok IS NOT TRUE THEN RAISE EXCEPTION 'inactive: %', NEW.event_type; END IF;";

/// Creates a clone, changes it with the SQL, and runs the stages. Returns whether stage D passed, and what it reported.
fn stage_d(lab: &Lab, changed: &str) -> (bool, String) {
    let _ = clone(lab, &["create"]).output().expect_success();
    lab.psql_in(NAME, lab.administrator(), changed);
    let report = clone(lab, &["run"]).output().json();
    let found = stage(&report, "D");
    let shown = (found["passed"].as_bool().unwrap(), found["numbers"].as_str().unwrap().to_owned());
    assert_eq!(stage(&report, "impact")["passed"], true, "{report}");
    let _ = clone(lab, &["drop"]).output().expect_success();
    shown
}

/// Runs every case and compares them all at the end, so that one failure does not hide the others.
fn all_houses(houses: &[(&str, String, bool, &str)]) {
    let lab = lab();
    let before = lab.dump();
    let mut wrong = Vec::new();
    for (house, changed, passes, words) in houses {
        let (passed, shown) = stage_d(&lab, changed);
        if passed != *passes || !shown.contains(words) {
            wrong.push(format!("{house}: passed {passed}: {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(before == lab.dump(), "the source changed");
}

#[test]
fn the_boundary_passes_only_for_a_triggers_refusal_of_an_inactive_type() {
    let helper = "CREATE FUNCTION public.refuse(what text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'inactive: %', what; END $f$;";
    all_houses(&[
        (
            "a helper function refuses",
            format!("{helper}{}", guard("", "IF ok IS NOT TRUE THEN PERFORM public.refuse(NEW.event_type); END IF;")),
            true,
            "refused by fn_event_outbox_validate (trigger trg_event_outbox_validate): inactive: governance.",
        ),
        (
            "names that are found on the search path only",
            "CREATE OR REPLACE FUNCTION public.fn_event_outbox_validate() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN \
             IF NOT EXISTS (SELECT FROM event_type_registry WHERE event_type = NEW.event_type AND active) THEN \
             RAISE EXCEPTION 'inactive: %', NEW.event_type; END IF; RETURN NEW; END $f$"
                .to_owned(),
            true,
            "inactive: governance.",
        ),
        (
            "an event needs a topic, and an earlier one has it",
            "UPDATE public.event_outbox SET payload = payload || '{\"topic\": \"law\"}' WHERE id = 7;".to_owned()
                + &guard("", &format!("IF NEW.payload ->> 'topic' IS NULL THEN RAISE EXCEPTION 'payload needs a topic'; END IF; {REFUSES}")),
            true,
            "inactive: governance.",
        ),
        (
            "a refusal by a condition and not by RAISE",
            guard("zero integer := 0;", "IF ok IS NOT TRUE THEN zero := 1 / zero; END IF;"),
            true,
            "division by zero (SQLSTATE 22012)",
        ),
        (
            "the registry lets nobody activate a type",
            "CREATE FUNCTION public.never() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'by the president only'; END $f$; \
             CREATE TRIGGER never BEFORE UPDATE ON public.event_type_registry FOR EACH ROW EXECUTE FUNCTION public.never()"
                .to_owned(),
            true,
            "accepted with the type active, refused with it inactive",
        ),
    ]);
}

#[test]
fn a_refusal_for_another_reason_is_not_the_boundary() {
    let house = |house: &'static str, changed: &str, words: &'static str| (house, changed.to_owned(), false, words);
    let raises = |body: &str| guard("", body);
    all_houses(&[
        house(
            "no governance event type",
            "DELETE FROM public.event_type_registry WHERE domain = 'governance'",
            "could not be tested: no governance event type exists",
        ),
        house(
            "every event needs a topic",
            &raises("IF NEW.payload ->> 'topic' IS NULL THEN RAISE EXCEPTION 'payload needs a topic'; END IF;"),
            "an event is not accepted even with its type active: payload needs a topic",
        ),
        house(
            "every event is refused for now",
            "CREATE FUNCTION public.closed() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'maintenance'; END $f$; \
             CREATE TRIGGER a_first BEFORE INSERT ON public.event_outbox FOR EACH ROW EXECUTE FUNCTION public.closed()",
            "an event is not accepted even with its type active: maintenance",
        ),
        house(
            "the guard breaks where it would write down its refusal",
            &raises("IF ok IS NOT TRUE THEN INSERT INTO public.refusals VALUES (NEW.event_type); RETURN NULL; END IF;"),
            "failed with an error that is no refusal: relation \"public.refusals\" does not exist (SQLSTATE 42P01)",
        ),
        house(
            "the guard is off on the path of its names",
            &raises("IF ok IS NOT TRUE THEN PERFORM nowhere(NEW.event_type); END IF;"),
            "failed with an error that is no refusal: function nowhere(character varying) does not exist",
        ),
        house(
            "one type is let through",
            &raises(&format!(
                "IF NEW.event_type <> (SELECT max(r.event_type) FROM public.event_type_registry AS r WHERE r.domain = 'governance') THEN {REFUSES} END IF;"
            )),
            "was NOT refused: the row is written",
        ),
        house(
            "the trigger fires for replicas only",
            "ALTER TABLE public.event_outbox ENABLE REPLICA TRIGGER trg_event_outbox_validate",
            "was NOT refused: the row is written",
        ),
        house(
            "the guard drops the row and says nothing",
            &raises("IF ok IS NOT TRUE THEN RETURN NULL; END IF;"),
            "was NOT refused: no row is written, and no error is raised",
        ),
    ]);
}

#[test]
fn another_cause_of_refusal_is_not_taken_for_the_trigger() {
    let house = |house: &'static str, changed: &str, words: &'static str| (house, changed.to_owned(), false, words);
    let open = guard("", "");
    // The name of this function contains the name of the trigger's function.
    let constraint = "CREATE FUNCTION public.pre_fn_event_outbox_validate(what text) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN \
        IF NOT EXISTS (SELECT FROM public.event_type_registry AS r WHERE r.event_type = what AND r.active) THEN RAISE EXCEPTION 'by a constraint'; END IF; \
        RETURN true; END $f$; \
        ALTER TABLE public.event_outbox ADD CHECK (public.pre_fn_event_outbox_validate(event_type)) NOT VALID;";
    let domain = "CREATE FUNCTION public.is_open(what text) RETURNS boolean LANGUAGE sql AS \
        $f$ SELECT EXISTS (SELECT FROM public.event_type_registry AS r WHERE r.event_type = what AND r.active) $f$; \
        ALTER TABLE public.event_outbox ADD CONSTRAINT open CHECK (public.is_open(event_type)) NOT VALID;";
    all_houses(&[
        house(
            "a constraint's function",
            &format!("{open}{constraint}"),
            "refused, not by a trigger of its table: by a constraint",
        ),
        house(
            "a constraint",
            &format!("{domain} ALTER TABLE public.event_outbox DISABLE TRIGGER trg_event_outbox_validate"),
            "refused, not by a trigger of its table: new row for relation \"event_outbox\" violates check constraint \"open\"",
        ),
        house(
            "a rule for every row",
            "CREATE RULE quiet AS ON INSERT TO public.event_outbox DO INSTEAD NOTHING",
            "an event is not accepted even with its type active: no row is written",
        ),
        house(
            "every second event is refused",
            &format!(
                "CREATE SEQUENCE public.turn; GRANT USAGE ON SEQUENCE public.turn TO PUBLIC; {}",
                guard(
                    "",
                    "IF nextval('public.turn') % 2 = 0 THEN RAISE EXCEPTION 'busy'; END IF; IF ok IS NULL THEN RETURN NULL; END IF;"
                )
            ),
            "could not be tested: governance.ownership.changed: an event was accepted, and the same event was not accepted again: busy",
        ),
        house(
            "the guard reaches out of the database",
            &guard("", &format!("PERFORM pg_catalog.pg_reload_conf(); {REFUSES}")),
            "could not be tested: the triggers may do what ROLLBACK does not revert: pg_catalog.pg_reload_conf()",
        ),
    ]);
}

#[test]
fn forged_rows_of_a_clone_are_found_although_the_count_is_equal() {
    let lab = lab();
    let _ = clone(&lab, &["create"]).output().expect_success();
    let fresh = clone(&lab, &["run"]).output().expect_success().json();
    let numbers = stage(&fresh, "baseline")["numbers"].as_str().unwrap();
    assert!(numbers.ends_with("their rows compared by digest"), "{numbers}");
    // The rows that the stages left are named and do not count as a difference.
    let second = clone(&lab, &["run"]).output().expect_success().json();
    let numbers = stage(&second, "baseline")["numbers"].as_str().unwrap();
    assert!(
        numbers.contains("not counted against it: ") && numbers.contains("rows of public.candidate_scan_run"),
        "{numbers}"
    );
    let forged = [
        ("public.event_outbox", "UPDATE public.event_outbox SET payload = '{\"forged\": true}' WHERE id = 1"),
        ("public.system_issues", "UPDATE public.system_issues SET title = 'forged' WHERE id = 42"),
        (
            "public.event_type_registry",
            "UPDATE public.event_type_registry SET description = 'forged' WHERE event_type = 'media.file.purged'",
        ),
        (
            "public.directus_users",
            "UPDATE public.directus_users SET email = 'forged@example.org' WHERE first_name = 'Member' AND last_name = 'One'",
        ),
        (
            "public.directus_activity",
            "UPDATE public.directus_activity SET \"timestamp\" = \"timestamp\" + interval '1 microsecond' WHERE id = 1",
        ),
    ];
    for (_, sql) in forged {
        lab.psql_in(NAME, lab.administrator(), &format!("SET session_replication_role = replica; {sql}"));
    }
    // A table that the stages write to is compared as well, except for its rows.
    lab.psql_in(NAME, OWNER, "COMMENT ON TABLE public.candidate_scan_run IS 'forged'");
    let report = clone(&lab, &["run"]).output().expect_code(5).json();
    assert_eq!(stage(&report, "baseline")["passed"], false, "{report}");
    let numbers = stage(&report, "baseline")["numbers"].as_str().unwrap();
    for (table, _) in forged {
        assert!(numbers.contains(&format!("rows of {table}: ")), "{table}: {numbers}");
    }
    assert!(
        numbers.contains("rows as before, but with other content") && numbers.contains("public.candidate_scan_run: "),
        "{numbers}"
    );
}

#[test]
fn rows_that_may_not_be_read_are_not_called_equal() {
    let lab = lab();
    lab.admin("CREATE ROLE stranger; GRANT CREATE ON SCHEMA public TO stranger; CREATE TABLE public.strange (x int); INSERT INTO public.strange VALUES (1)");
    lab.admin(&format!("ALTER TABLE public.strange OWNER TO stranger; GRANT SELECT ON public.strange TO {OWNER}"));
    let _ = clone(&lab, &["create", "--no-owner"]).output().expect_success();
    lab.admin(&format!("REVOKE SELECT ON public.strange FROM {OWNER}"));
    let report = clone(&lab, &["run"]).output().expect_code(5).json();
    let numbers = stage(&report, "baseline")["numbers"].as_str().unwrap();
    assert!(numbers.contains("rows of public.strange: could not be compared: permission denied"), "{numbers}");
}

#[test]
fn a_role_holds_for_the_clone_as_for_every_other_command() {
    let lab = lab();
    lab.admin(&format!(
        "CREATE ROLE person LOGIN NOINHERIT; GRANT {OWNER} TO person; GRANT CONNECT ON DATABASE {DATABASE} TO person"
    ));
    let as_person =
        |words: &[&str], role: &str| clone(&lab, words).arguments(["--role", role]).variable("PGUSER", "person");
    for verb in ["create", "run", "revalidate", "drop"] {
        let refused = clone(&lab, &[verb, "--role", "nosuch"]).output();
        assert_ne!(refused.code(), Some(0), "{verb}: {}", refused.whole());
        assert!(
            refused.stdout.contains("nosuch") && refused.stdout.contains("does not exist"),
            "{verb}: {}",
            refused.whole()
        );
    }
    let profile = lab.sandbox.work().join("roles.toml");
    std::fs::write(&profile, "[profile.site]\nrole = \"nosuch\"\n").unwrap();
    let by_profile = clone(&lab, &["create", "--profile", "site", "--config", profile.to_str().unwrap()]).output();
    assert_ne!(by_profile.code(), Some(0), "{}", by_profile.whole());
    assert!(by_profile.stdout.contains("nosuch"), "{}", by_profile.whole());
    assert_eq!(databases(&lab), "directus");
    // The role that logs in may do nothing. The role that it takes on may create the clone.
    let _ = clone(&lab, &["create"]).variable("PGUSER", "person").output().expect_code(4);
    let _ = as_person(&["create"], OWNER).output().expect_success();
    let owner = format!("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{NAME}'");
    assert_eq!(lab.admin(&owner), OWNER);
    let run = as_person(&["run"], OWNER).output().expect_success().json();
    assert_eq!(run["target"]["user"], "person");
    for verb in ["run", "revalidate"] {
        let refused = as_person(&[verb], "nosuch").output();
        assert_ne!(refused.code(), Some(0), "{verb}: {}", refused.whole());
        assert!(refused.stdout.contains("nosuch"), "{verb}: {}", refused.whole());
    }
    let _ = as_person(&["revalidate"], OWNER).output().expect_success();
    let _ = as_person(&["drop"], OWNER).output().expect_success();
    assert_eq!(databases(&lab), "directus");
}

#[test]
fn a_clone_is_not_its_own_source() {
    let lab = lab();
    let _ = clone(&lab, &["create"]).output().expect_success();
    let before = lab.dump_of(NAME);
    for verb in ["run", "revalidate", "drop", "create"] {
        let refused = clone(&lab, &[verb, "-d", NAME]).output().expect_code(4);
        assert!(refused.stdout.contains(&format!("{NAME} is a clone, and")), "{verb}: {}", refused.whole());
    }
    for verb in ["run", "revalidate"] {
        let refused = clone(&lab, &[verb, "-d", "postgres"]).output().expect_code(4);
        assert!(refused.stdout.contains("the source of a clone is directus"), "{verb}: {}", refused.whole());
    }
    assert!(lab.sandbox.files(|name| name.starts_with("clone_")).is_empty());
    assert!(before == lab.dump_of(NAME), "the clone changed");
    assert_eq!(databases(&lab), format!("directus {NAME}"));
}
