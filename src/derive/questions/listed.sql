space AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
), found (object, relation, routine, type, schema) AS (
    SELECT space.nspname || '.' || c.relname, c.oid, NULL::oid, NULL::oid, NULL::oid
    FROM pg_catalog.pg_class AS c
    JOIN space ON space.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND (c.relkind IN ('r', 'p', 'f', 'v', 'm') OR c.relkind = 'S' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')))
    UNION ALL
    SELECT pg_catalog.format('%s.%s(%s)', space.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)), NULL, f.oid, NULL, NULL
    FROM pg_catalog.pg_proc AS f
    JOIN space ON space.oid = f.pronamespace
    -- The server makes the constructors of a range type, and drops them with it.
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'i')
    UNION ALL
    SELECT 'type ' || space.nspname || '.' || t.typname, NULL, NULL, t.oid, NULL
    FROM pg_catalog.pg_type AS t
    JOIN space ON space.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
    WHERE t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c'
    UNION ALL
    SELECT 'schema ' || space.nspname, NULL, NULL, NULL, space.oid
    FROM space
), packet (object, relation, routine, type, schema) AS (
    SELECT found.object, found.relation, found.routine, found.type, found.schema
    FROM found
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.deptype = 'e' AND d.objid = coalesce(found.relation, found.routine, found.type, found.schema)
            AND d.classid = CASE
                WHEN found.relation IS NOT NULL THEN 'pg_catalog.pg_class'::pg_catalog.regclass
                WHEN found.routine IS NOT NULL THEN 'pg_catalog.pg_proc'::pg_catalog.regclass
                WHEN found.type IS NOT NULL THEN 'pg_catalog.pg_type'::pg_catalog.regclass
                ELSE 'pg_catalog.pg_namespace'::pg_catalog.regclass
            END)
)
