-- What the tier must not change: one row for each kind. Table rows and sequences are not included, because the locks show writes to them.
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
