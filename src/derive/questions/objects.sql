-- Every relation, function, type and schema of the database's own schemas, in the order of creation. Objects of extensions and of the build
-- itself are left out. root is the table that an index or a TOAST table belongs to. For every other object, root is the object itself.
WITH space AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
), listed (oid, kind, object, root, catalog) AS (
    SELECT c.oid,
        CASE c.relkind
            WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview'
            WHEN 'S' THEN CASE WHEN owned.objid IS NULL THEN 'sequence' ELSE 'owned' END
            WHEN 'c' THEN 'row type'
            ELSE 'index'
        END,
        space.nspname || '.' || c.relname, coalesce(i.indrelid, c.oid), 'pg_catalog.pg_class'::pg_catalog.regclass
    FROM pg_catalog.pg_class AS c
    JOIN space ON space.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    LEFT JOIN LATERAL (
        SELECT d.objid FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        LIMIT 1
    ) AS owned ON c.relkind = 'S'
    WHERE c.relpersistence <> 't'
    UNION ALL
    SELECT t.oid, 'toast', space.nspname || '.' || c.relname, c.oid, 'pg_catalog.pg_class'::pg_catalog.regclass
    FROM pg_catalog.pg_class AS c
    JOIN space ON space.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
    UNION ALL
    SELECT f.oid, 'function', pg_catalog.format('%s.%s(%s)', space.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)), f.oid,
        'pg_catalog.pg_proc'::pg_catalog.regclass
    FROM pg_catalog.pg_proc AS f
    JOIN space ON space.oid = f.pronamespace
    -- The server makes the constructors of a range type, and drops them with it.
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'i')
    UNION ALL
    SELECT t.oid, 'type', space.nspname || '.' || t.typname, t.oid, 'pg_catalog.pg_type'::pg_catalog.regclass
    FROM pg_catalog.pg_type AS t
    JOIN space ON space.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
    WHERE t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c'
    UNION ALL
    SELECT space.oid, 'schema', space.nspname, space.oid, 'pg_catalog.pg_namespace'::pg_catalog.regclass
    FROM space
)
SELECT listed.oid::text AS oid, listed.kind, listed.object, listed.root::text AS root
FROM listed
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = listed.catalog AND d.objid = listed.oid AND d.deptype = 'e')
ORDER BY listed.oid, listed.kind;
