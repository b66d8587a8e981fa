limiting (words) AS (
    -- Constraints that can make an INSERT or UPDATE of the release fail. A constraint of a partitioned table is listed once.
    SELECT pg_catalog.format(CASE k.contype WHEN 'c' THEN 'check %s of %s' WHEN 'x' THEN 'exclusion %s of %s' ELSE 'reference %s of %s' END,
        k.conname, part.name)
    FROM part
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = part.oid AND k.contype IN ('c', 'x', 'f') AND k.conparentid = 0
    WHERE part.does ~ 'insert|update'
    UNION
    -- Unique indexes, with or without a constraint. They are listed by their columns. Partial indexes and indexes on expressions are listed
    -- by their names.
    SELECT pg_catalog.format('unique %s of %s', CASE
        WHEN i.indexprs IS NULL AND i.indpred IS NULL THEN '(' || (
            SELECT pg_catalog.string_agg(a.attname::text, ', ' ORDER BY key.place)
            FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.number
            WHERE key.place <= i.indnkeyatts) || ')'
        ELSE c.relname::text
        END, part.name)
    FROM part
    JOIN pg_catalog.pg_index AS i ON i.indrelid = part.oid AND i.indisunique AND i.indisready
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    WHERE part.does ~ 'insert|update' AND NOT c.relispartition
    UNION
    -- Types that limit the values of a column, such as varchar(10) or integer.
    SELECT pg_catalog.format('type %s of column %s of %s', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attname, part.name)
    FROM part
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = part.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE part.does ~ 'insert|update'
        AND (a.atttypmod >= 0 OR t.typtype = 'd' OR a.atttypid IN ('smallint'::pg_catalog.regtype, 'integer'::pg_catalog.regtype, 'real'::pg_catalog.regtype))
    UNION
    -- Foreign keys of other tables that reference this table. A DELETE or UPDATE here fails while another table references the row.
    SELECT pg_catalog.format('reference %s of %s', k.conname, k.conrelid::pg_catalog.regclass)
    FROM part
    JOIN pg_catalog.pg_constraint AS k ON k.confrelid = part.oid AND k.contype = 'f' AND k.conparentid = 0 AND k.conrelid <> part.oid
    WHERE part.does LIKE '%delete%' AND k.confdeltype IN ('a', 'r')
        OR part.does LIKE '%update%' AND k.confupdtype IN ('a', 'r')
)
