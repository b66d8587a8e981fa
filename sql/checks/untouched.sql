                ('untouched', 'error', 'unchanged',
                    $q$
                        SELECT CASE
                            WHEN pg_catalog.count(*) <> 4 THEN 'not noted before'
                            ELSE coalesce('changed: ' || pg_catalog.string_agg(earlier.key, ', ' ORDER BY earlier.key)
                                FILTER (WHERE earlier.value <> later.value), 'unchanged')
                        END
                        FROM pg_catalog.jsonb_each_text(nullif(pg_catalog.current_setting('oneroof.before', true), '')::jsonb) AS earlier
                        JOIN pg_catalog.jsonb_each_text((
                            SELECT pg_catalog.jsonb_object_agg(seen.kind, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(seen.words, ''), 'UTF8')), 'hex'))::text
                            FROM (
                                WITH ours AS (
                                    SELECT class.oid FROM pg_catalog.pg_class AS class WHERE class.relname ~ '^(v_)?oneroof_'
                                    UNION ALL
                                    SELECT routine.oid FROM pg_catalog.pg_proc AS routine WHERE routine.proname = 'fn_oneroof_scan'
                                )
                                SELECT 'triggers' AS kind, (
                                    SELECT pg_catalog.string_agg(ROW(t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgfoid)::text, ' ' ORDER BY t.oid)
                                    FROM pg_catalog.pg_trigger AS t
                                    WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.tgrelid)) AS words
                                UNION ALL
                                SELECT 'rules', (
                                    SELECT pg_catalog.string_agg(ROW(t.oid, t.ev_class, t.rulename, t.ev_enabled)::text, ' ' ORDER BY t.oid)
                                    FROM pg_catalog.pg_rewrite AS t
                                    WHERE t.oid >= 16384 AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.ev_class))
                                UNION ALL
                                SELECT 'grants', pg_catalog.concat(
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.relacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_class AS t
                                        WHERE t.relacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)),
                                    (SELECT pg_catalog.string_agg(ROW(t.attrelid, t.attnum, t.attacl)::text, ' ' ORDER BY t.attrelid, t.attnum)
                                        FROM pg_catalog.pg_attribute AS t
                                        WHERE t.attacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.attrelid)),
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.proacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_proc AS t
                                        WHERE t.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)),
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.nspacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_namespace AS t
                                        WHERE t.nspname NOT LIKE 'pg\_temp%' AND t.nspname NOT LIKE 'pg\_toast\_temp%'),
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.defaclacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_default_acl AS t))
                                UNION ALL
                                SELECT 'comments', (
                                    SELECT pg_catalog.string_agg(ROW(t.classoid, t.objoid, t.objsubid, t.description)::text, ' ' ORDER BY t.classoid, t.objoid, t.objsubid)
                                    FROM pg_catalog.pg_description AS t
                                    WHERE t.objoid >= 16384 AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.objoid))
                            ) AS seen
                        )::jsonb) AS later ON later.key = earlier.key
                    $q$,
                    'Triggers, rules, grants or comments that are not ours changed during the tier; nothing of it was kept. Find out who changes them.')
