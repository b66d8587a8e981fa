-- One-Roof Governance Phase 1, rollback of tier 3: ownership.
--
-- Removes exactly the 30 rows that carry the release's tag. A row that was changed stops it with its name, and so does a row
-- of somebody else, since the end must be ownership 0 and the gap as before; nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: governance_object_ownership.
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
                (2, 'target', 'public.governance_object_ownership', 'SHARE ROW EXCLUSIVE')
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
                        ) AS held
                    $q$,
                    'Roll back the higher tiers first, from the top down.'),
                ('standing.3', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(pg_catalog.to_regclass('public.governance_object_ownership'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        ELSE $q$
    WITH shipped (words) AS (
        SELECT 'governance_object_ownership ' || ROW('class', matrix.class_code, bound.scope_code, bound.owner_ref)::text
        FROM (VALUES
            ('LAW', 'L4-PRESIDENT', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT'),
            ('PROC', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('DATA', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('SVC', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('ROLE', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT')
        ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
        CROSS JOIN LATERAL (VALUES
            ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
            ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
        ) AS bound (scope_code, owner_ref)
    ), seeded AS (
        -- Ours is what carries our tag; rows of others are no part of the tier.
        SELECT owned.subject_kind::text AS subject_kind, owned.subject_code::text AS subject_code, owned.scope_code::text AS scope_code,
            owned.owner_ref::text AS owner_ref, owned.approval_ref::text AS approval_ref
        FROM public.governance_object_ownership AS owned
        WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT'
    ), live (words) AS (
        SELECT 'governance_object_ownership ' || ROW(seeded.subject_kind, seeded.subject_code, seeded.scope_code, seeded.owner_ref)::text
        FROM seeded
    ), approved AS (
        -- One approval for all of it. A clone whose gate is waived carries the word for that instead.
        SELECT pg_catalog.count(DISTINCT coalesce(seeded.approval_ref, '')) = 1
            AND pg_catalog.bool_and(coalesce(seeded.approval_ref ~ '^APR-[A-Z0-9-]{1,60}$' OR (seeded.approval_ref = 'CLONE-GATE-WAIVED'
                AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$'), false)) AS alike,
            pg_catalog.string_agg(DISTINCT coalesce(seeded.approval_ref, 'NULL'), ', ') AS words
        FROM seeded
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added),
            (SELECT 'the approval_ref of the seed is not one APR code: ' || approved.words FROM approved WHERE NOT approved.alike)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                    END,
                    'Tier 3 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('foreign_ownership', 'error', 'none',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%s %s in %s: %s by %s', owned.subject_kind, owned.subject_code, owned.scope_code,
                            owned.owner_ref, coalesce(owned.created_by::text, 'nobody')), '; '
                            ORDER BY owned.subject_kind::text COLLATE "C", owned.subject_code::text COLLATE "C", owned.scope_code::text COLLATE "C"), 'none')
                        FROM public.governance_object_ownership AS owned
                        WHERE owned.created_by::text IS DISTINCT FROM 'F6_OWNERSHIP_SEED_COMMIT'
                    $q$,
                    'Others own something beside the seed, so the rollback could not end at ownership 0. Whoever wrote these rows takes them back first.'),
                ('ownership.on_delete', 'error', 'nothing',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(found.words, ', ' ORDER BY found.words), 'nothing')
                        FROM (
                            SELECT 'trigger ' || t.tgname AS words
                            FROM pg_catalog.pg_trigger AS t
                            WHERE t.tgrelid = pg_catalog.to_regclass('public.governance_object_ownership')
                                AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype::int & 8 <> 0
                            UNION ALL
                            SELECT 'rule ' || w.rulename
                            FROM pg_catalog.pg_rewrite AS w
                            WHERE w.ev_class = pg_catalog.to_regclass('public.governance_object_ownership')
                                AND w.ev_type = '4' AND w.ev_enabled IN ('O', 'A')
                            UNION ALL
                            -- A foreign key that only refuses, sets nothing off.
                            SELECT pg_catalog.format('foreign key %s of %s', k.conname, k.conrelid::pg_catalog.regclass)
                            FROM pg_catalog.pg_constraint AS k
                            WHERE k.confrelid = pg_catalog.to_regclass('public.governance_object_ownership')
                                AND k.contype = 'f' AND k.confdeltype NOT IN ('a', 'r')
                        ) AS found (words)
                    $q$,
                    'A rollback deletes the seed, and must not set anything off by it. Whoever made what is named takes it away, or disables it.')
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
DELETE FROM public.governance_object_ownership AS owned
WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT' AND owned.subject_kind::text = 'class';
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
                ('ownership', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership$q$,
                    'Ownership must stand as the release expects it: look who wrote the rows, by created_by.'),
                ('seeded', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership AS owned WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT'$q$,
                    'The tier did not end as it must, so nothing of it was kept; report the row and run preflight again.'),
                ('gap', 'error', (
                        -- 210 on the reviewed baseline; an object added since then has the gap too, and must not forbid the way back.
                        SELECT (inventoried.objects * scoped.scopes)::text
                        FROM (SELECT pg_catalog.count(*) AS objects FROM public.v_governance_object_inventory) AS inventoried
                        CROSS JOIN (SELECT pg_catalog.count(*) AS scopes FROM public.v_governance_scope) AS scoped
                    ),
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_gap$q$,
                    'Look at v_governance_ownership_gap: the pairs of object and scope without an owner are not as expected.'),
                ('conflict', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_conflict$q$,
                    'Look at v_governance_ownership_conflict: whoever governs the objects settles it.'),
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
                ('standing.3', 'error', 'absent',
                    CASE pg_catalog.num_nonnulls(pg_catalog.to_regclass('public.governance_object_ownership'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        ELSE $q$
    WITH shipped (words) AS (
        SELECT 'governance_object_ownership ' || ROW('class', matrix.class_code, bound.scope_code, bound.owner_ref)::text
        FROM (VALUES
            ('LAW', 'L4-PRESIDENT', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT'),
            ('PROC', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('DATA', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('SVC', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('ROLE', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT')
        ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
        CROSS JOIN LATERAL (VALUES
            ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
            ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
        ) AS bound (scope_code, owner_ref)
    ), seeded AS (
        -- Ours is what carries our tag; rows of others are no part of the tier.
        SELECT owned.subject_kind::text AS subject_kind, owned.subject_code::text AS subject_code, owned.scope_code::text AS scope_code,
            owned.owner_ref::text AS owner_ref, owned.approval_ref::text AS approval_ref
        FROM public.governance_object_ownership AS owned
        WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT'
    ), live (words) AS (
        SELECT 'governance_object_ownership ' || ROW(seeded.subject_kind, seeded.subject_code, seeded.scope_code, seeded.owner_ref)::text
        FROM seeded
    ), approved AS (
        -- One approval for all of it. A clone whose gate is waived carries the word for that instead.
        SELECT pg_catalog.count(DISTINCT coalesce(seeded.approval_ref, '')) = 1
            AND pg_catalog.bool_and(coalesce(seeded.approval_ref ~ '^APR-[A-Z0-9-]{1,60}$' OR (seeded.approval_ref = 'CLONE-GATE-WAIVED'
                AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$'), false)) AS alike,
            pg_catalog.string_agg(DISTINCT coalesce(seeded.approval_ref, 'NULL'), ', ') AS words
        FROM seeded
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added),
            (SELECT 'the approval_ref of the seed is not one APR code: ' || approved.words FROM approved WHERE NOT approved.alike)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                    END,
                    'Nothing of tier 3 may be there: roll it back first, from the top down.')
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
