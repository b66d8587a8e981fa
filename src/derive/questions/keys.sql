-- The keys of every table: the primary key first, then the unique keys by name. A key's columns are separated by line feeds.
SELECT n.nspname || '.' || c.relname AS relation,
    (
        SELECT pg_catalog.string_agg(a.attname, E'\n' ORDER BY k.place)
        FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts
    ) AS columns,
    i.indnkeyatts AS width
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p')
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    -- Only keys whose columns are all NOT NULL: a key with a NULL does not identify its row.
    AND NOT EXISTS (
        SELECT FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum AND NOT a.attnotnull
        WHERE k.place <= i.indnkeyatts)
ORDER BY 1, i.indisprimary DESC, x.relname COLLATE "C";
