-- The columns of every table and view, in order: the category of the type, whether the column gets a value by itself
-- (filled), and whether a statement must give one (wanted). moving: the default
-- is stable or volatile, so its value may differ between two runs, but need not. Defaults from a sequence or a random function are not
-- moving, because they always differ: in the second run the sequences start at other values.
SELECT n.nspname || '.' || c.relname AS relation, a.attname AS name, a.attnum AS number,
    {{category}} AS category,
    d.oid IS NOT NULL OR a.attidentity <> '' OR a.attgenerated <> '' AS filled,
    a.attnotnull AND d.oid IS NULL AND a.attidentity = '' AND a.attgenerated = '' AS wanted,
    coalesce(d.adbin::text LIKE '%{SQLVALUEFUNCTION%' OR called.moving, false) AS moving
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type AS base ON base.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
LEFT JOIN LATERAL (
    SELECT pg_catalog.bool_or(f.provolatile <> 'i'
        AND f.proname NOT IN ('nextval', 'gen_random_uuid', 'uuid_generate_v1', 'uuid_generate_v4', 'uuidv4', 'uuidv7', 'random')) AS moving
    FROM pg_catalog.regexp_matches(d.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS found (part)
    JOIN pg_catalog.pg_proc AS f ON f.oid = found.part[1]::oid
) AS called ON true
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
ORDER BY 1, a.attnum;
