-- Lists the columns of tables that hold values of a given type: columns of the type itself, of an array, domain or range of it, or of a composite
-- type with an attribute of it. Columns that existed in the build are left out. The build writes this query into derived.toml, on one line and
-- without this comment.
WITH RECURSIVE {types}, reached (type) AS (
    SELECT given.type FROM given
    UNION
    SELECT CASE WHEN d.classid = d.refclassid THEN d.objid ELSE c.reltype END
    FROM reached
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = reached.type
    LEFT JOIN pg_catalog.pg_class AS c
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid AND d.objsubid > 0 AND c.relkind = 'c'
    WHERE d.classid = d.refclassid OR c.oid IS NOT NULL
)
SELECT coalesce(pg_catalog.string_agg(DISTINCT uses.words, ', '), 'none')
FROM reached
JOIN pg_catalog.pg_attribute AS a ON a.atttypid = reached.type AND NOT a.attisdropped
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm', 'p')
CROSS JOIN LATERAL (SELECT pg_catalog.format('%s.%I', c.oid::pg_catalog.regclass, a.attname)) AS uses (words)
WHERE uses.words <> ALL (ARRAY[{known}]::text[]);
