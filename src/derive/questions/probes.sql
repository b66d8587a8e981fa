-- The test objects that the build adds to each schema for a moment. Each row has a digest of the object's owner, privileges, columns and settings. If
-- a tier changes all objects of a schema, for example with GRANT ... ON ALL TABLES IN SCHEMA, the digest changes too.
SELECT n.nspname AS schema, CASE c.relkind WHEN 'r' THEN 'tables' WHEN 'v' THEN 'views' ELSE 'sequences' END AS kind, c.oid,
    pg_catalog.md5(ROW(c.relacl, c.relowner, c.relnatts, c.relchecks, c.relhasindex, c.relhastriggers, c.relhasrules, c.relrowsecurity, c.reloptions,
        c.relreplident, c.relnamespace, c.relname, pg_catalog.obj_description(c.oid, 'pg_class'),
        (SELECT pg_catalog.string_agg(ROW(a.attname, a.attacl, a.atthasdef, a.attnotnull)::text, ' ' ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid))::text) AS digest
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname ~ '^oneroof_one_(tables|views|sequences)$'
UNION ALL
SELECT n.nspname, 'functions', f.oid,
    pg_catalog.md5(ROW(f.proacl, f.proowner, f.prosecdef, f.proconfig, f.pronamespace, f.proname, pg_catalog.obj_description(f.oid, 'pg_proc'))::text)
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
WHERE f.proname = 'oneroof_one_functions'
