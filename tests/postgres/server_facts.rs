//! Somebody adds objects that would make the release write to other tables. No such write is committed: either preflight names the object,
//! or the server's evidence shows the write before COMMIT. The dump stays as it was.

use crate::packet::{APR, apply, objects, unmet_in};
use crate::support::{DATABASE, Lab};
use std::sync::atomic::{AtomicBool, Ordering};

/// A function that writes to the outbox as a superuser. In a read-only transaction it does nothing, so preflight does not notice it.
pub(crate) const STRAY: &str = "CREATE FUNCTION public.stray() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $stray$
    BEGIN
        IF current_setting('transaction_read_only') = 'off' THEN
            INSERT INTO public.event_outbox (id, event_type) VALUES (999999, 'content.document.published') ON CONFLICT DO NOTHING;
        END IF;
        RETURN true;
    END $stray$;
    CREATE FUNCTION public.stray_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $stray$
    BEGIN
        PERFORM public.stray();
        RETURN coalesce(NEW, OLD);
    END $stray$;";

/// Creates each object, asserts that preflight and `apply` stop with this check, and removes the object again.
fn preflight_names(planted: &[(&str, &str, &str)]) {
    let lab = Lab::ratified();
    lab.admin(STRAY);
    for (name, plant, take_back) in planted {
        lab.admin(plant);
        let before = lab.dump();
        let report = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
        let unmet = unmet_in(&report);
        assert!(unmet.iter().any(|unmet| unmet == name), "{plant}: {unmet:?}");
        assert_eq!(report["server_facts"]["transaction_id_assigned"], false);
        let _ = apply(&lab).expect_code(4).expect_stdout(name).expect_stdout("nothing was changed");
        assert!(before == lab.dump(), "{plant}");
        lab.admin(take_back);
    }
    let _ = lab.oneroof(["preflight", "--ratified-apr", APR]).output().expect_success();
}

#[test]
fn a_trigger_or_rule_on_ownership_of_any_kind_is_found_by_preflight() {
    let trigger = |kind: &str, each: &str| {
        let kind = format!(
            "CREATE {kind} ON public.governance_object_ownership {each} EXECUTE FUNCTION public.stray_trigger()"
        );
        (kind, "DROP TRIGGER stray ON public.governance_object_ownership")
    };
    let kinds = [
        trigger("TRIGGER stray AFTER INSERT", "FOR EACH ROW"),
        trigger("TRIGGER stray BEFORE INSERT OR DELETE", "FOR EACH ROW"),
        trigger("TRIGGER stray AFTER INSERT", "FOR EACH STATEMENT"),
        trigger("TRIGGER stray BEFORE TRUNCATE", "FOR EACH STATEMENT"),
        trigger("CONSTRAINT TRIGGER stray AFTER INSERT", "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"),
    ];
    let mut planted: Vec<(&str, &str, &str)> =
        kinds.iter().map(|(plant, take_back)| ("ownership_triggers", plant.as_str(), *take_back)).collect();
    let always = format!("{}; ALTER TABLE public.governance_object_ownership ENABLE ALWAYS TRIGGER stray", kinds[0].0);
    planted.push(("ownership_triggers", &always, kinds[0].1));
    let disabled = format!("{}; ALTER TABLE public.governance_object_ownership DISABLE TRIGGER stray", kinds[0].0);
    planted.push(("ownership_triggers", &disabled, kinds[0].1));
    planted.push((
        "ownership.rules",
        "CREATE RULE stray AS ON INSERT TO public.governance_object_ownership DO ALSO SELECT public.stray()",
        "DROP RULE stray ON public.governance_object_ownership",
    ));
    planted.push((
        "ownership.rules",
        "CREATE RULE stray AS ON DELETE TO public.governance_object_ownership DO INSTEAD NOTHING",
        "DROP RULE stray ON public.governance_object_ownership",
    ));
    preflight_names(&planted);
}

/// The objects are created after the release was applied. Deleting the seed would fire them, and COMMIT would send the notification.
#[test]
fn what_a_delete_sets_off_stops_the_rollback_of_ownership_by_name() {
    let lab = Lab::ratified();
    lab.admin(STRAY);
    let baseline = lab.dump();
    let _ = apply(&lab).expect_success();
    let _ = crate::packet::rollback(&lab, ["--to", "3"]).expect_success();
    let planted = [
        (
            "rule stray",
            "CREATE RULE stray AS ON DELETE TO public.governance_object_ownership DO ALSO NOTIFY stray",
            "DROP RULE stray ON public.governance_object_ownership",
        ),
        (
            "trigger stray",
            "CREATE TRIGGER stray AFTER INSERT OR DELETE ON public.governance_object_ownership EXECUTE FUNCTION public.stray_trigger()",
            "DROP TRIGGER stray ON public.governance_object_ownership",
        ),
        (
            "foreign key follower_owned_fkey of public.follower",
            "CREATE TABLE public.follower (owned uuid REFERENCES public.governance_object_ownership (id) ON DELETE CASCADE)",
            "DROP TABLE public.follower",
        ),
    ];
    for (said, plant, take_back) in planted {
        lab.admin(plant);
        let before = lab.dump();
        let refused = crate::packet::rollback(&lab, ["--full"]).expect_code(5);
        let refused = refused.expect_stdout("ownership.on_delete").expect_stdout(said);
        let _ = refused.expect_stdout("nothing was changed").expect_stdout("its tier is still applied");
        assert!(before == lab.dump(), "{plant}");
        lab.admin(take_back);
    }
    // Triggers and rules that do not fire on DELETE, and foreign keys that can only reject it, do not block the rollback.
    lab.admin(
        "CREATE TRIGGER stray AFTER INSERT ON public.governance_object_ownership EXECUTE FUNCTION public.stray_trigger();
         CREATE RULE stray AS ON DELETE TO public.governance_object_ownership DO ALSO NOTIFY stray;
         ALTER TABLE public.governance_object_ownership DISABLE RULE stray;
         CREATE TABLE public.follower (owned uuid REFERENCES public.governance_object_ownership (id))",
    );
    let _ = crate::packet::rollback(&lab, ["--full"]).expect_success();
    lab.admin(
        "DROP TRIGGER stray ON public.governance_object_ownership; DROP RULE stray ON public.governance_object_ownership;
         DROP TABLE public.follower",
    );
    assert!(baseline == lab.dump());
}

/// Preflight predicts whether the server will accept the DELETE of the seed.
#[test]
fn the_check_of_published_rows_agrees_with_the_server() {
    let lab = Lab::own(|builder| builder.setting("wal_level", "logical"));
    lab.ratify();
    let published = |how: &str| format!("CREATE PUBLICATION stray FOR TABLE public.governance_object_ownership {how}");
    let mut cases = vec![
        ("DEFAULT", published("")),
        ("DEFAULT", "CREATE PUBLICATION stray FOR ALL TABLES".to_owned()),
        ("NOTHING", published("")),
        ("NOTHING", published("WITH (publish = 'insert')")),
        ("FULL", published("")),
        ("USING INDEX governance_object_ownership_natural_key", published("")),
    ];
    // Publications have row filters and column lists since version 15.
    if lab.major() >= 15 {
        cases.extend([
            ("DEFAULT", published("WHERE (created_by = 'x')")),
            ("DEFAULT", published("WHERE (created_by = 'x') WITH (publish = 'insert')")),
            ("DEFAULT", published("WHERE (id IS NOT NULL)")),
            ("FULL", published("WHERE (created_by = 'x')")),
            (
                "USING INDEX governance_object_ownership_natural_key",
                published("WHERE (subject_code = 'x' OR created_by = 'x')"),
            ),
            ("DEFAULT", published("(subject_code)")),
            ("DEFAULT", published("(subject_code, id)")),
            ("FULL", published("(subject_code, id)")),
        ]);
    }
    let mut refused = 0;
    for (identity, publish) in &cases {
        lab.admin(&format!("ALTER TABLE public.governance_object_ownership REPLICA IDENTITY {identity}; {publish}"));
        let deletes = lab
            .try_psql(
                "BEGIN; INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref)
                 VALUES ('class', 'LAW', 'define', 'x'); DELETE FROM public.governance_object_ownership; ROLLBACK",
            )
            .is_ok();
        let report = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().json();
        let passes = !unmet_in(&report).iter().any(|unmet| unmet == "ownership.replica");
        assert_eq!(passes, deletes, "{identity}: {publish}");
        refused += usize::from(!deletes);
        lab.admin("DROP PUBLICATION stray");
    }
    assert!(refused > 0 && refused < cases.len());
}

#[test]
fn what_would_hide_or_replace_a_table_is_found_by_preflight() {
    preflight_names(&[
        (
            "row_security.os_proposal_approvals",
            "ALTER TABLE public.os_proposal_approvals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "ALTER TABLE public.os_proposal_approvals DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
        ),
        (
            "row_security.governance_object_ownership",
            "ALTER TABLE public.governance_object_ownership ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             CREATE POLICY filtered ON public.governance_object_ownership USING (subject_code = 'LAW')",
            "DROP POLICY filtered ON public.governance_object_ownership;
             ALTER TABLE public.governance_object_ownership DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
        ),
        (
            "gate.shape",
            "ALTER TABLE public.os_proposal_approvals RENAME TO os_proposal_approvals_kept;
             CREATE VIEW public.os_proposal_approvals AS SELECT * FROM public.os_proposal_approvals_kept;
             ALTER VIEW public.os_proposal_approvals OWNER TO workflow_admin",
            "DROP VIEW public.os_proposal_approvals;
             ALTER TABLE public.os_proposal_approvals_kept RENAME TO os_proposal_approvals",
        ),
        (
            "event_triggers",
            "CREATE FUNCTION public.stray_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.stray(); END';
             CREATE EVENT TRIGGER stray ON ddl_command_end EXECUTE FUNCTION public.stray_event()",
            "DROP EVENT TRIGGER stray; DROP FUNCTION public.stray_event()",
        ),
        (
            "ownership.columns",
            "CREATE SEQUENCE public.stray_number;
             ALTER TABLE public.governance_object_ownership ADD COLUMN number bigint DEFAULT nextval('public.stray_number')",
            "ALTER TABLE public.governance_object_ownership DROP COLUMN number; DROP SEQUENCE public.stray_number",
        ),
    ]);
}

/// Preflight cannot see these writes, because they happen only in a read-write transaction. The server's locks, rows and catalogs show them
/// before COMMIT.
fn the_evidence_names(planted: &[(&str, &str, &str)]) {
    let lab = Lab::ratified();
    lab.admin(STRAY);
    lab.admin("CREATE SEQUENCE public.stray_number; GRANT USAGE ON SEQUENCE public.stray_number TO workflow_admin");
    for (index, (said, plant, take_back)) in planted.iter().enumerate() {
        lab.admin(plant);
        let before = lab.dump();
        // The first case runs with and without a rehearsal. The other cases alternate, because both use the same executor.
        for rehearsal in [true, false].into_iter().filter(|rehearsal| index == 0 || *rehearsal == (index % 2 == 0)) {
            let mut run = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format=json"]);
            if !rehearsal {
                run = run.argument("--no-rehearsal");
            }
            let output = run.output();
            let report = output.json();
            let code = output.code();
            assert!(matches!(code, Some(4 | 5)), "{plant}\n{}", output.whole());
            let checks = report["checks"].as_array().cloned().unwrap_or_default();
            let actual = checks.iter().filter(|check| check["ok"] == false).map(|check| check["actual"].to_string());
            let error = format!("{} {}", report["error"]["message"], actual.collect::<String>());
            assert!(error.contains(said), "{plant}: {error}");
            // The report names the tiers that are applied, and the outbox was not written to.
            assert_eq!(lab.admin("SELECT count(*) FROM public.event_outbox WHERE id = 999999"), "0", "{plant}");
            let standing = crate::packet::standing(&lab);
            assert_eq!(report["effect"]["applied"], serde_json::json!(standing), "{plant}");
            if !standing.is_empty() {
                assert!(!rehearsal, "{plant}: the rehearsal did not notice the write");
                let _ = crate::packet::rollback(&lab, ["--full"]).expect_success();
            }
            assert!(before == lab.dump(), "{plant}");
        }
        lab.admin(take_back);
    }
    assert_eq!(objects(&lab), "0");
}

/// The inventory view with a function that runs `does` in a read-write transaction. If `late` is set, it does so only after tier 2 has
/// inserted its rows.
fn inventory_with(does: &str, late: bool) -> (String, &'static str) {
    let (begin, end) = if late {
        (
            "IF to_regclass('public.oneroof_axis') IS NOT NULL THEN IF (SELECT count(*) FROM public.oneroof_axis) = 3 THEN",
            "END IF; END IF;",
        )
    } else {
        ("", "")
    };
    let plant = format!(
        "CREATE OR REPLACE FUNCTION public.seen() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $seen$
         BEGIN
             IF current_setting('transaction_read_only') = 'off' THEN {begin} {does}; {end} END IF;
             RETURN true;
         END $seen$;
         CREATE OR REPLACE VIEW public.v_governance_object_inventory AS
         SELECT o.code AS object_code, o.class_code, o.title, o.label
         FROM public.governance_object AS o JOIN public.governance_class AS c ON c.code = o.class_code
         WHERE o.status = 'published' AND public.seen()"
    );
    let take_back = "CREATE OR REPLACE VIEW public.v_governance_object_inventory AS
         SELECT o.code AS object_code, o.class_code, o.title, o.label
         FROM public.governance_object AS o JOIN public.governance_class AS c ON c.code = o.class_code
         WHERE o.status = 'published'";
    (plant, take_back)
}

fn a_seam_view_that(late: bool, kinds: &[(&str, &str)]) {
    let planted: Vec<(&str, (String, &str))> =
        kinds.iter().map(|(said, does)| (*said, inventory_with(does, late))).collect();
    let planted: Vec<(&str, &str, &str)> =
        planted.iter().map(|(said, (plant, take_back))| (*said, plant.as_str(), *take_back)).collect();
    the_evidence_names(&planted);
}

/// The tier's own assertion or its guard names the write.
#[test]
fn a_seam_view_that_writes_whenever_it_can_is_caught_before_commit() {
    a_seam_view_that(
        false,
        &[
            ("event_outbox", "PERFORM public.stray()"),
            ("os_proposal_approvals", "UPDATE public.os_proposal_approvals SET note = 'x'"),
            ("system_issues", "UPDATE public.system_issues SET area = area WHERE false"),
            (
                "something was written before the tier's first checks were complete",
                "GRANT SELECT ON public.event_outbox TO PUBLIC",
            ),
            (
                "something was written before the tier's first checks were complete",
                "COMMENT ON SCHEMA public IS 'seen'",
            ),
        ],
    );
}

/// The assertions of this tier do not look there, but the executor's evidence does.
#[test]
fn a_seam_view_that_writes_in_tier_2_only_is_caught_by_the_executor() {
    a_seam_view_that(
        true,
        &[
            (
                "the tier locked public.event_outbox in mode RowExclusiveLock, which it does not declare",
                "PERFORM public.stray()",
            ),
            (
                "public.os_proposal_approvals in mode RowExclusiveLock",
                "UPDATE public.os_proposal_approvals SET note = 'x'",
            ),
            (
                "public.system_issues in mode RowExclusiveLock",
                "UPDATE public.system_issues SET area = area WHERE false",
            ),
            (
                "public.event_type_registry in mode RowExclusiveLock",
                "UPDATE public.event_type_registry SET active = active",
            ),
            (
                "public.governance_class in mode RowExclusiveLock",
                "UPDATE public.governance_class SET title = title WHERE false",
            ),
            (
                "public.governance_ruleset in mode ExclusiveLock",
                "LOCK TABLE public.governance_ruleset IN EXCLUSIVE MODE",
            ),
            (
                "public.stray_number in mode RowExclusiveLock",
                // The call is assembled from pieces, so that preflight does not find it in the function body.
                "EXECUTE $run$SELECT set$run$ || $run$val('public.stray_number', 1, false)$run$",
            ),
            (
                "the catalogue changed outside",
                "CREATE OR REPLACE FUNCTION public.left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            ),
            ("the catalogue changed outside", "GRANT SELECT ON public.event_outbox TO PUBLIC"),
            ("the catalogue changed outside", "COMMENT ON SCHEMA public IS 'seen'"),
            ("the catalogue changed outside", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"),
            ("the catalogue changed outside", "ALTER ROLE workflow_admin SET work_mem = '8MB'"),
            // Neither the server's counters nor the locks show these writes. The rows that they leave do.
            (
                "outside the packet's own objects: pg_class (1 rows made by this transaction)",
                "PERFORM set_config('track_counts', 'off', true); GRANT SELECT ON public.event_outbox TO PUBLIC; PERFORM set_config('track_counts', 'on', true)",
            ),
            (
                "outside the packet's own objects: pg_default_acl (1 rows made by this transaction)",
                "PERFORM set_config('track_counts', 'off', true); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; PERFORM set_config('track_counts', 'on', true)",
            ),
            // These writes leave no row. The locks show them.
            (
                "of pg_namespace in mode ShareUpdateExclusiveLock",
                "PERFORM set_config('track_counts', 'off', true); COMMENT ON SCHEMA public IS NULL; PERFORM set_config('track_counts', 'on', true)",
            ),
            (
                "of pg_proc in mode AccessExclusiveLock",
                "PERFORM set_config('track_counts', 'off', true); DROP FUNCTION IF EXISTS public.stray(); PERFORM set_config('track_counts', 'on', true)",
            ),
            ("session_replication_role is replica", "PERFORM set_config('session_replication_role', 'replica', false)"),
            ("this session no longer holds the run lock", "PERFORM pg_advisory_unlock_all()"),
        ],
    );
}

#[test]
fn effects_of_the_seeded_rows_are_found_before_commit() {
    the_evidence_names(&[
        (
            "1 unmet: outbox",
            "ALTER TABLE public.governance_object_ownership ADD CONSTRAINT stray CHECK (public.stray())",
            "ALTER TABLE public.governance_object_ownership DROP CONSTRAINT stray",
        ),
        (
            "1 unmet: outbox",
            "ALTER TABLE public.governance_object_ownership ADD COLUMN touched boolean DEFAULT public.stray()",
            "ALTER TABLE public.governance_object_ownership DROP COLUMN touched",
        ),
        (
            "1 unmet: outbox",
            "CREATE FUNCTION public.still(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.stray(); END';
             CREATE INDEX stray ON public.governance_object_ownership (public.still(subject_code))",
            "DROP INDEX public.stray; DROP FUNCTION public.still(text)",
        ),
        (
            "the tier locked public.system_issues in mode RowExclusiveLock, which it does not declare",
            "CREATE FUNCTION public.stray_issue() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $stray$
             BEGIN
                 IF current_setting('transaction_read_only') = 'off' THEN DELETE FROM public.system_issues WHERE false; END IF;
                 RETURN true;
             END $stray$;
             ALTER TABLE public.governance_object_ownership ADD COLUMN touched boolean DEFAULT public.stray_issue()",
            "ALTER TABLE public.governance_object_ownership DROP COLUMN touched; DROP FUNCTION public.stray_issue()",
        ),
    ]);
}

const TAKEN_BACK: &str = "CREATE OR REPLACE VIEW public.v_governance_object_inventory AS
     SELECT o.code AS object_code, o.class_code, o.title, o.label
     FROM public.governance_object AS o JOIN public.governance_class AS c ON c.code = o.class_code
     WHERE o.status = 'published';
     ALTER TABLE public.governance_object_ownership DROP CONSTRAINT IF EXISTS stray";

/// The inventory view with one more condition, after the SQL in `functions` has run.
fn inventory_where(functions: &str, condition: &str) -> String {
    format!(
        "{functions}; CREATE OR REPLACE VIEW public.v_governance_object_inventory AS
         SELECT o.code AS object_code, o.class_code, o.title, o.label
         FROM public.governance_object AS o JOIN public.governance_class AS c ON c.code = o.class_code
         WHERE o.status = 'published' AND {condition}"
    )
}

/// COMMIT sends a notification, and no evidence shows it before. A sequence number that was drawn is used up, even in a rehearsal.
#[test]
fn what_no_rollback_takes_back_is_found_by_preflight_wherever_it_hides_below_a_seam_view_or_the_seed() {
    let hidden = "CASE WHEN current_setting('transaction_read_only') = 'off' THEN";
    let quiet = |name: &str, does: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION public.{name}() RETURNS boolean LANGUAGE plpgsql AS $does$
             BEGIN IF current_setting('transaction_read_only') = 'off' THEN {does}; END IF; RETURN true; END $does$"
        )
    };
    let outer = "CREATE OR REPLACE FUNCTION public.outer_one() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT public.Inner_One()'";
    let sequence = "CREATE SEQUENCE IF NOT EXISTS public.stray_number";
    let planted = [
        inventory_where(&quiet("loud", "PERFORM pg_notify('stray', 'x')"), "public.loud()"),
        inventory_where(&quiet("loud", "NOTIFY stray"), "public.loud()"),
        inventory_where(&format!("{sequence}; {}", quiet("loud", "PERFORM nextval('public.stray_number')")), "public.loud()"),
        inventory_where("SELECT 1", &format!("{hidden} pg_notify('stray', '') IS NOT NULL ELSE true END")),
        inventory_where(sequence, &format!("{hidden} nextval('public.stray_number') > 0 ELSE true END")),
        // The call is two levels down, below a function that is declared stable.
        inventory_where(&format!("{}; {outer}", quiet("inner_one", "PERFORM pg_notify('stray', 'x')")), "public.outer_one()"),
        // The call is behind an operator.
        inventory_where(
            &format!(
                "{}; CREATE OR REPLACE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2 AND public.inner_one()';
                 DROP OPERATOR IF EXISTS public.=== (text, text);
                 CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same)",
                quiet("inner_one", "PERFORM pg_notify('stray', 'x')")
            ),
            "c.code::text OPERATOR(public.===) o.class_code::text",
        ),
    ];
    let mut planted: Vec<(&str, &str, &str)> =
        planted.iter().map(|plant| ("seam.effects", plant.as_str(), TAKEN_BACK)).collect();
    let constraint = format!(
        "{}; ALTER TABLE public.governance_object_ownership ADD CONSTRAINT stray CHECK (public.loud())",
        quiet("loud", "PERFORM pg_notify('stray', 'x')")
    );
    planted.push(("ownership.effects", &constraint, TAKEN_BACK));
    // The calls are behind two domains, and in an expression of extended statistics, which ANALYZE computes. Version 13 has no such
    // statistics.
    let loud = quiet("loud_of", "PERFORM pg_notify('stray', 'x')").replace("loud_of()", "loud_of(text)");
    let domain = format!(
        "{loud}; CREATE DOMAIN public.inner_domain AS text CHECK (public.loud_of(VALUE));
         CREATE DOMAIN public.outer_domain AS public.inner_domain;
         ALTER TABLE public.governance_object_ownership ADD COLUMN stray public.outer_domain"
    );
    let no_domain = "ALTER TABLE public.governance_object_ownership DROP COLUMN stray; DROP DOMAIN public.outer_domain; DROP DOMAIN public.inner_domain";
    planted.push(("ownership.effects", &domain, no_domain));
    let statistics = format!(
        "{}; CREATE STATISTICS public.stray ON (public.loud_of(owner_ref)) FROM public.governance_object_ownership",
        loud.replace(" plpgsql", " plpgsql IMMUTABLE")
    );
    if Lab::ratified().major() >= 14 {
        planted.push(("ownership.effects", &statistics, "DROP STATISTICS public.stray"));
    }
    // A relation of another kind has the name of an index of the release.
    let names = [
        "TABLE public.oneroof_axis_ordinal_key (a int)",
        "SEQUENCE public.oneroof_axis_pkey",
        "VIEW public.oneroof_topic_pkey AS SELECT 1",
    ];
    let taken = names.map(|name| {
        let drop = name.split(['(']).next().unwrap().split(" AS").next().unwrap().to_owned();
        (format!("CREATE {name}"), format!("DROP {drop}"))
    });
    planted.extend(taken.iter().map(|(plant, drop)| ("greenfield", plant.as_str(), drop.as_str())));
    preflight_names(&planted);
}

/// The body of a function does not show everything that the function can do, so a volatile function gets a warning. The warning alone does
/// not stop the release.
#[test]
fn a_volatile_function_behind_a_view_is_a_warning_if_it_writes_nothing() {
    let lab = Lab::ratified();
    let warned = || {
        let run = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output();
        let report = run.expect_success().json();
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "seam.functions").unwrap();
        (check["ok"].as_bool().unwrap(), check["actual"].as_str().unwrap().to_owned())
    };
    assert_eq!(warned(), (true, "none that is volatile".to_owned()));
    let volatile = "CREATE FUNCTION public.seen() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END'";
    lab.admin(&inventory_where(volatile, "public.seen() AND clock_timestamp() > '2000-01-01'"));
    let (ok, actual) = warned();
    assert!(!ok && actual.starts_with("public.seen() (volatile) of v_governance_"), "{actual}");
    let _ = apply(&lab).expect_success();
    let _ = crate::packet::rollback(&lab, ["--full"]).expect_success();
    // The function is now stable, and its body shows everything that it does.
    lab.admin("ALTER FUNCTION public.seen() STABLE");
    assert_eq!(warned(), (true, "none that is volatile".to_owned()));
    lab.admin("CREATE OR REPLACE FUNCTION public.seen() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN EXECUTE 'SELECT 1'; RETURN true; END $$");
    let (ok, actual) = warned();
    assert!(!ok && actual.starts_with("public.seen() (composes what it runs) of"), "{actual}");
}

/// Temporary tables, functions and settings of other people change while a release runs. The release does not mistake these changes for its
/// own.
#[test]
fn catalog_changes_of_other_sessions_are_not_counted_as_the_tiers() {
    let lab = Lab::ratified();
    lab.admin("CREATE ROLE somebody; CREATE SCHEMA elsewhere");
    let before = lab.dump();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (done, lab) = (&done, &lab);
        scope.spawn(move || {
            let mut other = lab.session_in(DATABASE, lab.administrator());
            let mut turn = 0;
            while !done.load(Ordering::Acquire) {
                turn += 1;
                other.run("CREATE TEMPORARY TABLE passing (a int PRIMARY KEY, b text)");
                other.run("DROP TABLE passing");
                other.run(&format!("ALTER ROLE somebody SET work_mem = '{turn}MB'"));
                other.run(&format!(
                    "CREATE OR REPLACE FUNCTION elsewhere.f() RETURNS int LANGUAGE sql AS 'SELECT {turn}'"
                ));
            }
            other.run("DROP FUNCTION elsewhere.f()");
            other.run("ALTER ROLE somebody RESET work_mem");
        });
        let runs = || {
            for _ in 0..2 {
                let _ = apply(lab).expect_success();
                let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
            }
        };
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(runs));
        done.store(true, Ordering::Release);
        if let Err(why) = ended {
            std::panic::resume_unwind(why);
        }
    });
    assert_eq!(before, lab.dump());
}
