-- One-Roof Governance Phase 1, after the release: the write half of the scanner.
--
-- Materialises coverage into the candidate tables: one row a class, one row an object, by natural key; a row that says the same already is
-- left alone. Exactly one row a run in candidate_scan_run; last_run_id is the run that last changed a row.
-- Needs the released database, an enacted ruleset and an existing snapshot: settings oneroof.scan_ruleset and oneroof.scan_snapshot.
-- Run by `oneroof scan --write`, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.scan_ruleset=.. -c oneroof.scan_snapshot=..').
-- Writes: candidate_scan_run, candidate_scan_state, candidate_scan_object. No part of the release: no rollback touches these tables.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
END
$oneroof$;

DO $oneroof$
DECLARE
    item    record;
    windows jsonb := '{}';
    held    text;
BEGIN
    -- The gate first, then the targets by name, then the seam views (a lock on a view reaches its tables).
    FOR item IN
        SELECT listed.kind, listed.relation, listed.mode
        FROM (
            -- oneroof:locks
            VALUES
                (2, 'target', 'public.candidate_scan_object', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.candidate_scan_run', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.candidate_scan_state', 'SHARE ROW EXCLUSIVE'),
                (3, 'seam', 'public.v_governance_object_inventory', 'SHARE'),
                (3, 'seam', 'public.v_governance_scope', 'SHARE')
            -- oneroof:end
        ) AS listed (place, kind, relation, mode)
        ORDER BY listed.place, listed.relation
    LOOP
        held := 'locked';
        IF pg_catalog.to_regclass(item.relation) IS NULL THEN
            -- The guard names what is missing, together with everything else that is.
            held := 'missing: ' || item.relation;
        ELSIF item.kind = 'target' THEN
            EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
        ELSE
            -- The role may be allowed to read the gate and the seam views and no more. Then the window is told, not hidden.
            BEGIN
                EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    held := 're-checked last, the window is open: ' || item.relation;
            END;
        END IF;
        IF item.kind <> 'target' AND coalesce(windows ->> item.kind, 'locked') = 'locked' THEN
            windows := windows || pg_catalog.jsonb_build_object(item.kind, held);
        END IF;
    END LOOP;
    FOR item IN SELECT told.key AS kind, told.value AS actual FROM pg_catalog.jsonb_each_text(windows) AS told ORDER BY told.key
    LOOP
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s.window: expected locked, actual %s',
                CASE WHEN item.actual = 'locked' THEN 'met' ELSE 'warning' END, item.kind, item.actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.kind || '.window', 'severity', 'warning', 'expected', 'locked',
                'actual', item.actual, 'ok', item.actual = 'locked',
                'hint', 'Whoever owns the tables may let this role lock them in SHARE mode; see grants/least_privilege.sql.')::text;
    END LOOP;
END
$oneroof$;

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
                ('transaction', 'error', 'read write',
                    $q$SELECT CASE pg_catalog.current_setting('transaction_read_only') WHEN 'off' THEN 'read write' ELSE 'read only' END$q$,
                    'Run the file inside one transaction that may write: psql -1 -v ON_ERROR_STOP=1 -f, or 99_run_all.sql, or oneroof.'),
                ('database', 'error',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN 'directus'
                        WHEN pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN pg_catalog.current_database()::text
                        ELSE 'directus_gov_test_YYYYMMDD'
                    END,
                    $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus; only a clone named directus_gov_test_YYYYMMDD may stand in for it, in clone mode.'),
                ('released', 'error', 'released',
                    $q$
                        SELECT CASE
                            WHEN pg_catalog.to_regclass('public.oneroof_scan_run') IS NULL THEN 'not released'
                            WHEN (SELECT pg_catalog.count(*) FROM public.v_governance_ownership_gap) > 0 THEN 'pairs of object and scope have no owner'
                            ELSE 'released'
                        END
                    $q$,
                    'Candidates are written on the released database only: oneroof apply comes first.'),
                ('ruleset', 'error', 'enacted',
                    $q$
                        WITH given AS (
                            SELECT nullif(pg_catalog.current_setting('oneroof.scan_ruleset', true), '') AS code
                        )
                        SELECT CASE
                            WHEN given.code IS NULL THEN 'no ruleset was given'
                            ELSE coalesce((
                                SELECT CASE
                                    WHEN known.status::text = 'enacted' THEN 'enacted'
                                    ELSE pg_catalog.format('%s is not enacted: version %s is %s', given.code, known.version, coalesce(known.status::text, 'without a status'))
                                END
                                FROM public.governance_ruleset AS known
                                WHERE known.ruleset_code::text = given.code
                                ORDER BY known.version DESC NULLS LAST
                                LIMIT 1), pg_catalog.format('%s does not exist', given.code))
                        END
                        FROM given
                    $q$,
                    'Scan under a ruleset that is enacted at its highest version, such as RULESET-GOV-1; only its governance enacts one.'),
                ('snapshot', 'error', 'present',
                    $q$
                        WITH given AS (
                            SELECT nullif(pg_catalog.current_setting('oneroof.scan_snapshot', true), '') AS ref
                        )
                        SELECT CASE
                            WHEN given.ref IS NULL THEN 'no snapshot was given'
                            WHEN EXISTS (SELECT FROM public.evolution_snapshots AS known WHERE known.snapshot_ref::text = given.ref OR known.id::text = given.ref)
                                THEN 'present'
                            ELSE pg_catalog.format('%s does not exist', given.ref)
                        END
                        FROM given
                    $q$,
                    'Name a snapshot of evolution_snapshots by its snapshot_ref or its id.'),
                ('candidate.key', 'error', 'one column',
                    $q$
                        SELECT CASE WHEN pg_catalog.count(*) = 1 THEN 'one column' ELSE 'no primary key of one uuid column' END
                        FROM pg_catalog.pg_index AS i
                        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                        WHERE i.indrelid = 'public.candidate_scan_run'::pg_catalog.regclass AND i.indisprimary AND i.indnkeyatts = 1
                            AND a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype
                    $q$,
                    'candidate_scan_run has a uuid key with a default; the application side provides it.'),
                ('gov_emit', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit$q$,
                    'Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.')
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
DO $oneroof$
DECLARE
    key      name;
    run      uuid;
    snapshot uuid;
BEGIN
    -- The contract names the key by its type only.
    SELECT a.attname INTO STRICT key
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = 'public.candidate_scan_run'::pg_catalog.regclass AND i.indisprimary;
    SELECT known.id INTO STRICT snapshot
    FROM public.evolution_snapshots AS known
    WHERE known.snapshot_ref::text = pg_catalog.current_setting('oneroof.scan_snapshot')
        OR known.id::text = pg_catalog.current_setting('oneroof.scan_snapshot')
    ORDER BY known.taken_at DESC NULLS LAST, known.id DESC
    LIMIT 1;
    EXECUTE pg_catalog.format($q$
        INSERT INTO public.candidate_scan_run (ruleset_code, snapshot_id, state_rows, object_rows, started_at)
        SELECT pg_catalog.current_setting('oneroof.scan_ruleset'), $1,
            pg_catalog.count(DISTINCT inventory.class_code), pg_catalog.count(*), pg_catalog.now()
        FROM public.v_governance_object_inventory AS inventory
        RETURNING %I$q$, key)
    INTO STRICT run
    USING snapshot;

    WITH object AS (
        SELECT inventory.class_code::text AS class_code,
            NOT EXISTS (SELECT FROM public.v_governance_ownership_gap AS gap WHERE gap.object_code = inventory.object_code) AS covered
        FROM public.v_governance_object_inventory AS inventory
    )
    INSERT INTO public.candidate_scan_state AS kept (class_code, objects, covered, last_run_id)
    SELECT object.class_code, pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE object.covered), run
    FROM object
    GROUP BY object.class_code
    ORDER BY object.class_code
    ON CONFLICT (class_code) DO UPDATE
    SET objects = excluded.objects, covered = excluded.covered, last_run_id = excluded.last_run_id
    WHERE (kept.objects, kept.covered) IS DISTINCT FROM (excluded.objects, excluded.covered);

    INSERT INTO public.candidate_scan_object AS kept (object_code, class_code, scopes_covered, scopes_total, last_run_id)
    SELECT inventory.object_code, inventory.class_code, scope.total - open.gaps, scope.total, run
    FROM public.v_governance_object_inventory AS inventory
    CROSS JOIN (SELECT pg_catalog.count(*) AS total FROM public.v_governance_scope) AS scope
    CROSS JOIN LATERAL (
        SELECT pg_catalog.count(DISTINCT gap.scope_code) AS gaps
        FROM public.v_governance_ownership_gap AS gap WHERE gap.object_code = inventory.object_code) AS open
    ORDER BY inventory.object_code
    ON CONFLICT (object_code) DO UPDATE
    SET class_code = excluded.class_code, scopes_covered = excluded.scopes_covered, scopes_total = excluded.scopes_total,
        last_run_id = excluded.last_run_id
    WHERE (kept.class_code::text, kept.scopes_covered, kept.scopes_total)
        IS DISTINCT FROM (excluded.class_code::text, excluded.scopes_covered, excluded.scopes_total);
END
$oneroof$;
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
                ('state_rows', 'error', (SELECT pg_catalog.count(DISTINCT inventory.class_code)::text FROM public.v_governance_object_inventory AS inventory),
                    $q$
                        SELECT pg_catalog.count(*)::text
                        FROM public.candidate_scan_state AS kept
                        WHERE EXISTS (
                            SELECT FROM public.v_governance_object_inventory AS inventory
                            WHERE inventory.class_code::text = kept.class_code::text
                            HAVING pg_catalog.count(*) = kept.objects)
                    $q$,
                    'One row a class, with its number of objects; the scan did not end as it must, so nothing of it was kept.'),
                ('object_rows', 'error', (SELECT pg_catalog.count(*)::text FROM public.v_governance_object_inventory AS inventory),
                    $q$
                        SELECT pg_catalog.count(*)::text
                        FROM public.candidate_scan_object AS kept
                        JOIN public.v_governance_object_inventory AS inventory
                            ON inventory.object_code::text = kept.object_code::text AND inventory.class_code::text = kept.class_code::text
                        WHERE kept.scopes_total = (SELECT pg_catalog.count(*) FROM public.v_governance_scope)
                            AND kept.scopes_covered = kept.scopes_total - (
                                SELECT pg_catalog.count(DISTINCT gap.scope_code) FROM public.v_governance_ownership_gap AS gap
                                WHERE gap.object_code = inventory.object_code)
                    $q$,
                    'One row an object, with the scopes that are covered; the scan did not end as it must, so nothing of it was kept.'),
                ('run_rows', 'error', '1',
                    $q$
                        SELECT pg_catalog.count(*)::text FROM public.candidate_scan_run AS run
                        WHERE run.xmin = pg_catalog.pg_current_xact_id()::xid
                    $q$,
                    'Exactly one run row a run; the scan did not end as it must, so nothing of it was kept.'),
                ('gov_emit', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit$q$,
                    'Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.'),
                ('boundary', 'error', 'not written',
                    $q$
                        SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'not written' ELSE 'written' END
                        FROM pg_catalog.pg_locks AS held
                        WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
                            AND held.relation IN ('public.event_outbox'::pg_catalog.regclass, 'public.system_issues'::pg_catalog.regclass)
                            AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                    $q$,
                    'Something in the scan wrote the outbox or the issues; nothing of it was kept. Look for a trigger on the candidate tables.')
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

-- Back to what the session began with.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', NULL, false);
END
$oneroof$;
