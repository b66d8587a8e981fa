-- The rights on the prerequisite's functions, sequences and types, one row for each. object is the name in derived.toml, quoted the name in
-- a GRANT, and bare the name in the server's messages. nextval needs USAGE, setval needs UPDATE, and reading the sequence needs SELECT.
WITH space AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
)
SELECT 'FUNCTION' AS kind, 1 AS place, 'EXECUTE' AS word, f.proname AS bare,
    pg_catalog.format('%s.%s(%s)', space.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) AS object,
    pg_catalog.format('ROUTINE %I.%I(%s)', space.nspname, f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid)) AS quoted
FROM pg_catalog.pg_proc AS f
JOIN space ON space.oid = f.pronamespace
UNION ALL
SELECT 'SEQUENCE', one.place, one.word, c.relname, pg_catalog.format('%s.%s', space.nspname, c.relname),
    pg_catalog.format('SEQUENCE %I.%I', space.nspname, c.relname)
FROM pg_catalog.pg_class AS c
JOIN space ON space.oid = c.relnamespace
CROSS JOIN (VALUES (1, 'USAGE'), (2, 'UPDATE'), (3, 'SELECT')) AS one (place, word)
WHERE c.relkind = 'S'
UNION ALL
SELECT 'TYPE', 1, 'USAGE', t.typname, pg_catalog.format('type %s.%s', space.nspname, t.typname),
    pg_catalog.format('TYPE %I.%I', space.nspname, t.typname)
FROM pg_catalog.pg_type AS t
JOIN space ON space.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
WHERE t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c';
