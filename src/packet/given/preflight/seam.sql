-- One check for the kind of each object (each view is read once), and one check for the type category of each column.
(SELECT 'seam.' || found.object, 'error', found.kind,
    CASE
        WHEN found.kind = 'view' AND found.relkind = 'v'
            -- count(seam.*) makes the server compute every column of the view.
            THEN pg_catalog.format('SELECT %L || pg_catalog.left(pg_catalog.count(seam.*)::text, 0) FROM %I.%I AS seam', 'view', found.schema, found.name)
        ELSE pg_catalog.format('SELECT %L', CASE found.relkind
            WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' WHEN 'i' THEN 'index' ELSE 'missing' END)
    END,
    pg_catalog.format('The application side must provide %s.%s as the contract says, readable with search_path pg_catalog.', found.schema, found.name)
FROM found
ORDER BY found.place)
UNION ALL
(SELECT 'seam.' || found.object || '.' || wanted.column_name, 'error', wanted.category,
    pg_catalog.format('SELECT %L', CASE
        WHEN a.attname IS NULL THEN 'missing'
        WHEN wanted.category = 'any' THEN 'any'
        WHEN wanted.category = 'string' AND t.typcategory = 'S' AND t.oid <> 'pg_catalog."char"'::regtype THEN 'string'
        WHEN wanted.category = 'number' AND base.name IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') THEN 'number'
        WHEN wanted.category = 'timestamp' AND base.name IN ('timestamp', 'timestamptz') THEN 'timestamp'
        WHEN wanted.category = 'json' AND base.name IN ('json', 'jsonb') THEN 'json'
        WHEN wanted.category = 'boolean' AND base.name = 'bool' THEN 'boolean'
        WHEN wanted.category = 'uuid' AND base.name = 'uuid' THEN 'uuid'
        ELSE pg_catalog.format_type(a.atttypid, a.atttypmod)
    END),
    pg_catalog.format('The application side must provide the column %s of %s.%s as a %s.', wanted.column_name, found.schema, found.name, wanted.category)
FROM found
CROSS JOIN LATERAL (
    SELECT pg_catalog.split_part(pair, ':', 1), pg_catalog.split_part(pair, ':', 2), pair_place
    FROM pg_catalog.unnest(pg_catalog.string_to_array(nullif(found.columns, ''), ' ')) WITH ORDINALITY AS listed (pair, pair_place)
) AS wanted (column_name, category, place)
LEFT JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = found.oid AND a.attname = wanted.column_name::name AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN LATERAL (
    SELECT b.typname FROM pg_catalog.pg_type AS b
    WHERE b.oid = coalesce(nullif(t.typbasetype, 0), t.oid) AND b.typnamespace = 'pg_catalog'::regnamespace
) AS base (name) ON true
ORDER BY found.place, wanted.place)
