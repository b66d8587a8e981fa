-- One-Roof Governance Phase 1, clone revalidation R3: the scanner is idempotent.
--
-- Scans three times more: each time nothing is inserted, nothing updated, 38 findings stay as they are.
-- Rollback-only: run it inside one transaction after the guard, body and assertions of tiers 1 to 6, and end that transaction
-- with ROLLBACK. `oneroof clone revalidate` does so on a clone; nothing of it is kept, the clone stays as it was.
-- oneroof:guard
DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
                ('database', 'error',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN 'directus'
                        WHEN pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN pg_catalog.current_database()::text
                        ELSE 'directus_gov_test_YYYYMMDD'
                    END,
                    $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus; only a clone named directus_gov_test_YYYYMMDD may stand in for it, in clone mode.'),
                ('standing.6', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_scan_rule'),
                        pg_catalog.to_regclass('public.oneroof_scan_run'),
                        pg_catalog.to_regclass('public.oneroof_scan_finding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH wing (class_code, objects) AS (
        VALUES
            ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
            ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
            ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ), found (rule_code, subject_code, detail) AS (
        SELECT 'SCN-OWNER-INHERITED-ONLY', object.code, 'no direct owner; what it has comes from class ' || wing.class_code
        FROM wing
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
        UNION ALL
        VALUES
            ('SCN-TOPIC-SPARSE', 'audit', 'the topic has a single object'),
            ('SCN-TOPIC-SPARSE', 'integration', 'the topic has a single object'),
            ('SCN-AXIS-VALUE-UNBOUND', 'AUTHORITY/L1', 'no binding uses the value')
    ), shipped (words) AS (
        SELECT 'oneroof_scan_rule ' || rule::text
        FROM (VALUES
            ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object', false),
            ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic', false),
            ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value', false)
        ) AS rule
        UNION ALL
        SELECT 'oneroof_scan_run of RULESET-GOV-1'
        UNION ALL
        SELECT 'oneroof_scan_finding ' || ROW(found.rule_code, found.subject_code, found.detail, 'open')::text
        FROM found
    ), later AS (
        -- The first run is the tier's own; one that somebody made since is told by its snapshot.
        SELECT run.ruleset_code, run.snapshot_ref,
            CASE
                WHEN pg_catalog.row_number() OVER (ORDER BY run.scanned_at, run.ruleset_code, run.snapshot_ref) = 1 THEN ''
                ELSE pg_catalog.format(' of %s with %s', run.ruleset_code, run.snapshot_ref)
            END AS words
        FROM public.oneroof_scan_run AS run
    ), live (words) AS (
        SELECT 'oneroof_scan_rule ' || ROW(rule.rule_code, rule.ordinal, rule.title, rule.subject_kind, rule.emittable)::text
        FROM public.oneroof_scan_rule AS rule
        UNION ALL
        -- Which snapshot the run used is told by the run itself, as long as production does not say otherwise.
        SELECT CASE
                WHEN later.words <> '' THEN 'oneroof_scan_run' || later.words
                WHEN run.ruleset_code <> 'RULESET-GOV-1' THEN 'oneroof_scan_run of ' || run.ruleset_code
                WHEN named.snapshots > 0 AND named.same_snapshots = 0
                    THEN pg_catalog.format('oneroof_scan_run with snapshot_id %s, which is not that of %s', run.snapshot_id, run.snapshot_ref)
                WHEN ruled.versions > 0 AND ruled.same_versions = 0
                    THEN pg_catalog.format('oneroof_scan_run of version %s, which %s does not have', run.ruleset_version, run.ruleset_code)
                ELSE 'oneroof_scan_run of RULESET-GOV-1'
            END
        FROM public.oneroof_scan_run AS run
        JOIN later ON later.ruleset_code = run.ruleset_code AND later.snapshot_ref = run.snapshot_ref
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS snapshots, pg_catalog.count(*) FILTER (WHERE known.id = run.snapshot_id) AS same_snapshots
            FROM public.evolution_snapshots AS known
            WHERE known.snapshot_ref::text = run.snapshot_ref
        ) AS named
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS versions, pg_catalog.count(*) FILTER (WHERE known.version = run.ruleset_version) AS same_versions
            FROM public.governance_ruleset AS known
            WHERE known.ruleset_code::text = run.ruleset_code
        ) AS ruled
        UNION ALL
        SELECT pg_catalog.format('oneroof_scan_finding%s %s', later.words,
            ROW(finding.rule_code, finding.subject_code, finding.detail, finding.state)::text)
        FROM public.oneroof_scan_finding AS finding
        JOIN later ON later.ruleset_code = finding.ruleset_code AND later.snapshot_ref = finding.snapshot_ref
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Tier 6 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.')
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not be asked: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name, 'severity', item.severity, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity = 'error' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
        END IF;
    END LOOP;
    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is told above, with what to do and who does it.';
    END IF;
END
$oneroof$;
-- oneroof:body
SELECT scanned.turn, again.inserted, again.updated, again.unchanged
FROM pg_catalog.generate_series(1, 2) AS scanned (turn)
CROSS JOIN public.oneroof_scan_run AS run
CROSS JOIN LATERAL public.fn_oneroof_scan(run.ruleset_code, run.snapshot_ref) AS again
ORDER BY scanned.turn;
-- oneroof:assert
DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
                ('second_run', 'error', '0 inserted, 0 updated, 38 unchanged',
                    $q$
                        SELECT pg_catalog.format('%s inserted, %s updated, %s unchanged', again.inserted, again.updated, again.unchanged)
                        FROM public.oneroof_scan_run AS run
                        CROSS JOIN LATERAL public.fn_oneroof_scan(run.ruleset_code, run.snapshot_ref) AS again
                    $q$,
                    'Scanning again must change nothing; look at v_oneroof_scan_candidate_finding.'),
                ('scan_runs', 'error', '1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_run$q$,
                    'Look at public.oneroof_scan_run: the tier did not end as it must, so nothing of it was kept.'),
                ('findings', 'error', '38',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_finding$q$,
                    'Look at public.oneroof_scan_finding: the tier did not end as it must, so nothing of it was kept.'),
                ('emittable', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_emittable$q$,
                    'No finding may become an event in this phase; look at v_oneroof_scan_emittable.'),
                ('gov_emit', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit$q$,
                    'Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.'),
                ('outbox', 'error', 'not written',
                    $q$
                        SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'not written' ELSE 'written' END
                        FROM pg_catalog.pg_locks AS held
                        WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
                            AND held.relation = 'public.event_outbox'::pg_catalog.regclass
                            AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                    $q$,
                    'Something in the tier wrote the outbox; nothing of it was kept. Look for a trigger on the tables that the tier writes.'),
                ('standing.6', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_scan_rule'),
                        pg_catalog.to_regclass('public.oneroof_scan_run'),
                        pg_catalog.to_regclass('public.oneroof_scan_finding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH wing (class_code, objects) AS (
        VALUES
            ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
            ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
            ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ), found (rule_code, subject_code, detail) AS (
        SELECT 'SCN-OWNER-INHERITED-ONLY', object.code, 'no direct owner; what it has comes from class ' || wing.class_code
        FROM wing
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
        UNION ALL
        VALUES
            ('SCN-TOPIC-SPARSE', 'audit', 'the topic has a single object'),
            ('SCN-TOPIC-SPARSE', 'integration', 'the topic has a single object'),
            ('SCN-AXIS-VALUE-UNBOUND', 'AUTHORITY/L1', 'no binding uses the value')
    ), shipped (words) AS (
        SELECT 'oneroof_scan_rule ' || rule::text
        FROM (VALUES
            ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object', false),
            ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic', false),
            ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value', false)
        ) AS rule
        UNION ALL
        SELECT 'oneroof_scan_run of RULESET-GOV-1'
        UNION ALL
        SELECT 'oneroof_scan_finding ' || ROW(found.rule_code, found.subject_code, found.detail, 'open')::text
        FROM found
    ), later AS (
        -- The first run is the tier's own; one that somebody made since is told by its snapshot.
        SELECT run.ruleset_code, run.snapshot_ref,
            CASE
                WHEN pg_catalog.row_number() OVER (ORDER BY run.scanned_at, run.ruleset_code, run.snapshot_ref) = 1 THEN ''
                ELSE pg_catalog.format(' of %s with %s', run.ruleset_code, run.snapshot_ref)
            END AS words
        FROM public.oneroof_scan_run AS run
    ), live (words) AS (
        SELECT 'oneroof_scan_rule ' || ROW(rule.rule_code, rule.ordinal, rule.title, rule.subject_kind, rule.emittable)::text
        FROM public.oneroof_scan_rule AS rule
        UNION ALL
        -- Which snapshot the run used is told by the run itself, as long as production does not say otherwise.
        SELECT CASE
                WHEN later.words <> '' THEN 'oneroof_scan_run' || later.words
                WHEN run.ruleset_code <> 'RULESET-GOV-1' THEN 'oneroof_scan_run of ' || run.ruleset_code
                WHEN named.snapshots > 0 AND named.same_snapshots = 0
                    THEN pg_catalog.format('oneroof_scan_run with snapshot_id %s, which is not that of %s', run.snapshot_id, run.snapshot_ref)
                WHEN ruled.versions > 0 AND ruled.same_versions = 0
                    THEN pg_catalog.format('oneroof_scan_run of version %s, which %s does not have', run.ruleset_version, run.ruleset_code)
                ELSE 'oneroof_scan_run of RULESET-GOV-1'
            END
        FROM public.oneroof_scan_run AS run
        JOIN later ON later.ruleset_code = run.ruleset_code AND later.snapshot_ref = run.snapshot_ref
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS snapshots, pg_catalog.count(*) FILTER (WHERE known.id = run.snapshot_id) AS same_snapshots
            FROM public.evolution_snapshots AS known
            WHERE known.snapshot_ref::text = run.snapshot_ref
        ) AS named
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS versions, pg_catalog.count(*) FILTER (WHERE known.version = run.ruleset_version) AS same_versions
            FROM public.governance_ruleset AS known
            WHERE known.ruleset_code::text = run.ruleset_code
        ) AS ruled
        UNION ALL
        SELECT pg_catalog.format('oneroof_scan_finding%s %s', later.words,
            ROW(finding.rule_code, finding.subject_code, finding.detail, finding.state)::text)
        FROM public.oneroof_scan_finding AS finding
        JOIN later ON later.ruleset_code = finding.ruleset_code AND later.snapshot_ref = finding.snapshot_ref
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Tier 6 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.')
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not be asked: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name, 'severity', item.severity, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity = 'error' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
        END IF;
    END LOOP;
    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is told above, with what to do and who does it.';
    END IF;
END
$oneroof$;
