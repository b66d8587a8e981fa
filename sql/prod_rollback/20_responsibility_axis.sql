-- One-Roof Governance Phase 1, rollback of tier 2: axis.
--
-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: oneroof_axis, oneroof_axis_value, oneroof_axis_binding.
-- Undo: apply the tier again.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
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
                (2, 'target', 'public.oneroof_axis', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_axis_binding', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_axis_value', 'SHARE ROW EXCLUSIVE')
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
                ('higher_tiers', 'error', 'none',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(held.name, ', ' ORDER BY held.tier DESC), 'none')
                        FROM (
                            SELECT 6 AS tier, '6 scanner' AS name WHERE EXISTS (SELECT FROM public.oneroof_scan_rule) OR EXISTS (SELECT FROM public.oneroof_scan_run) OR EXISTS (SELECT FROM public.oneroof_scan_finding)
                            UNION ALL
                            SELECT 5 AS tier, '5 topic' AS name WHERE EXISTS (SELECT FROM public.oneroof_topic) OR EXISTS (SELECT FROM public.oneroof_topic_label_rule) OR EXISTS (SELECT FROM public.oneroof_topic_assignment)
                            UNION ALL
                            SELECT 4 AS tier, '4 containment' AS name WHERE EXISTS (SELECT FROM public.oneroof_containment_node) OR EXISTS (SELECT FROM public.oneroof_containment_edge)
                            UNION ALL
                            SELECT 3 AS tier, '3 ownership' AS name WHERE EXISTS (SELECT FROM public.governance_object_ownership AS owned WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT')
                        ) AS held
                    $q$,
                    'Roll back the higher tiers first, from the top down.'),
                ('standing.2', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_axis'),
                        pg_catalog.to_regclass('public.oneroof_axis_value'),
                        pg_catalog.to_regclass('public.oneroof_axis_binding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH shipped (words) AS (
        SELECT 'oneroof_axis ' || axis::text
        FROM (VALUES ('AUTHORITY', 1, 'Authority'), ('SCOPE', 2, 'Scope'), ('CLASS', 3, 'Class')) AS axis
        UNION ALL
        SELECT 'oneroof_axis_value ' || axis_value::text
        FROM (VALUES
            ('AUTHORITY', 'L1', 1, 'Member', NULL), ('AUTHORITY', 'L2', 2, 'Council', 'L2-COUNCIL'),
            ('AUTHORITY', 'L3', 3, 'Steward', 'L3-STEWARD'), ('AUTHORITY', 'L4', 4, 'President', 'L4-PRESIDENT'),
            ('SCOPE', 'define', 1, 'Define', NULL), ('SCOPE', 'approve', 2, 'Approve', NULL), ('SCOPE', 'operate', 3, 'Operate', NULL),
            ('SCOPE', 'observe', 4, 'Observe', NULL), ('SCOPE', 'remediate', 5, 'Remediate', NULL), ('SCOPE', 'retire', 6, 'Retire', NULL),
            ('CLASS', 'LAW', 1, 'Law', NULL), ('CLASS', 'PROC', 2, 'Process', NULL), ('CLASS', 'DATA', 3, 'Data', NULL),
            ('CLASS', 'SVC', 4, 'Service', NULL), ('CLASS', 'ROLE', 5, 'Role', NULL)
        ) AS axis_value
        UNION ALL
        SELECT 'oneroof_axis_binding ' || ROW(matrix.class_code, bound.scope_code, bound.authority_code, 'CLASS', 'SCOPE', 'AUTHORITY')::text
        FROM (VALUES
            ('LAW', 'L4', 'L4', 'L2', 'L2', 'L3', 'L4'),
            ('PROC', 'L3', 'L4', 'L2', 'L2', 'L2', 'L3'),
            ('DATA', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
            ('SVC', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
            ('ROLE', 'L3', 'L4', 'L2', 'L2', 'L3', 'L4')
        ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
        CROSS JOIN LATERAL (VALUES
            ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
            ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
        ) AS bound (scope_code, authority_code)
    ), live (words) AS (
        SELECT 'oneroof_axis ' || ROW(axis.axis_code, axis.ordinal, axis.title)::text
        FROM public.oneroof_axis AS axis
        UNION ALL
        SELECT 'oneroof_axis_value ' || ROW(held.axis_code, held.value_code, held.ordinal, held.title, held.owner_ref)::text
        FROM public.oneroof_axis_value AS held
        UNION ALL
        SELECT 'oneroof_axis_binding ' || ROW(binding.class_code, binding.scope_code, binding.authority_code,
            binding.class_axis, binding.scope_axis, binding.authority_axis)::text
        FROM public.oneroof_axis_binding AS binding
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
                    'Tier 2 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.')
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
DELETE FROM public.oneroof_axis_binding AS binding
WHERE binding.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE')
    AND binding.scope_code IN ('define', 'approve', 'operate', 'observe', 'remediate', 'retire');
DELETE FROM public.oneroof_axis_value AS held
WHERE held.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
DELETE FROM public.oneroof_axis AS axis
WHERE axis.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
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
                ('bindings', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_binding$q$,
                    'Look at public.oneroof_axis_binding: the tier did not end as it must, so nothing of it was kept.'),
                ('axis_values', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_value$q$,
                    'Look at public.oneroof_axis_value: the tier did not end as it must, so nothing of it was kept.'),
                ('axes', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_axis$q$,
                    'Look at public.oneroof_axis: the tier did not end as it must, so nothing of it was kept.'),
                ('standing.2', 'error', 'absent',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_axis'),
                        pg_catalog.to_regclass('public.oneroof_axis_value'),
                        pg_catalog.to_regclass('public.oneroof_axis_binding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH shipped (words) AS (
        SELECT 'oneroof_axis ' || axis::text
        FROM (VALUES ('AUTHORITY', 1, 'Authority'), ('SCOPE', 2, 'Scope'), ('CLASS', 3, 'Class')) AS axis
        UNION ALL
        SELECT 'oneroof_axis_value ' || axis_value::text
        FROM (VALUES
            ('AUTHORITY', 'L1', 1, 'Member', NULL), ('AUTHORITY', 'L2', 2, 'Council', 'L2-COUNCIL'),
            ('AUTHORITY', 'L3', 3, 'Steward', 'L3-STEWARD'), ('AUTHORITY', 'L4', 4, 'President', 'L4-PRESIDENT'),
            ('SCOPE', 'define', 1, 'Define', NULL), ('SCOPE', 'approve', 2, 'Approve', NULL), ('SCOPE', 'operate', 3, 'Operate', NULL),
            ('SCOPE', 'observe', 4, 'Observe', NULL), ('SCOPE', 'remediate', 5, 'Remediate', NULL), ('SCOPE', 'retire', 6, 'Retire', NULL),
            ('CLASS', 'LAW', 1, 'Law', NULL), ('CLASS', 'PROC', 2, 'Process', NULL), ('CLASS', 'DATA', 3, 'Data', NULL),
            ('CLASS', 'SVC', 4, 'Service', NULL), ('CLASS', 'ROLE', 5, 'Role', NULL)
        ) AS axis_value
        UNION ALL
        SELECT 'oneroof_axis_binding ' || ROW(matrix.class_code, bound.scope_code, bound.authority_code, 'CLASS', 'SCOPE', 'AUTHORITY')::text
        FROM (VALUES
            ('LAW', 'L4', 'L4', 'L2', 'L2', 'L3', 'L4'),
            ('PROC', 'L3', 'L4', 'L2', 'L2', 'L2', 'L3'),
            ('DATA', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
            ('SVC', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
            ('ROLE', 'L3', 'L4', 'L2', 'L2', 'L3', 'L4')
        ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
        CROSS JOIN LATERAL (VALUES
            ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
            ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
        ) AS bound (scope_code, authority_code)
    ), live (words) AS (
        SELECT 'oneroof_axis ' || ROW(axis.axis_code, axis.ordinal, axis.title)::text
        FROM public.oneroof_axis AS axis
        UNION ALL
        SELECT 'oneroof_axis_value ' || ROW(held.axis_code, held.value_code, held.ordinal, held.title, held.owner_ref)::text
        FROM public.oneroof_axis_value AS held
        UNION ALL
        SELECT 'oneroof_axis_binding ' || ROW(binding.class_code, binding.scope_code, binding.authority_code,
            binding.class_axis, binding.scope_axis, binding.authority_axis)::text
        FROM public.oneroof_axis_binding AS binding
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
                    'Nothing of tier 2 may be there: roll it back first, from the top down.')
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
