-- What a statement may need of the keys of existing tables. One row says that the columns are unique. A second row says that they are the
-- primary key, if they are. A third row gives the name of the constraint, if there is one. Partial indexes, indexes on expressions and deferrable
-- keys are not listed.
WITH key AS (
    SELECT i.indexrelid, i.indisprimary, n.nspname || '.' || c.relname AS object, n.nspname, c.relname, k.conname,
        (
            SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY p.place)
            FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS p (attnum, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.attnum
            WHERE p.place <= i.indnkeyatts
        ) AS columns
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = c.oid AND k.contype IN ('p', 'u')
    WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
)
SELECT 'unique' AS kind, pg_catalog.format('unique (%s) of %s', key.columns, key.object) AS words,
    pg_catalog.format('UPDATE pg_catalog.pg_index SET indisunique = false WHERE indexrelid = %s', key.indexrelid) AS hide,
    pg_catalog.format('UPDATE pg_catalog.pg_index SET indisunique = true WHERE indexrelid = %s', key.indexrelid) AS show
FROM key
UNION ALL
-- A foreign key that names no columns needs the primary key, and so does a query that groups by its columns and selects others.
SELECT 'primary key', pg_catalog.format('primary key (%s) of %s', key.columns, key.object),
    pg_catalog.format('UPDATE pg_catalog.pg_index SET indisprimary = false WHERE indexrelid = %1$s; UPDATE pg_catalog.pg_constraint SET contype = ''u'' WHERE conindid = %1$s AND contype = ''p''', key.indexrelid),
    pg_catalog.format('UPDATE pg_catalog.pg_index SET indisprimary = true WHERE indexrelid = %1$s; UPDATE pg_catalog.pg_constraint SET contype = ''p'' WHERE conindid = %1$s AND contype = ''u''', key.indexrelid)
FROM key
WHERE key.indisprimary
UNION ALL
-- ON CONFLICT ON CONSTRAINT gives the name of a constraint.
SELECT 'constraint', pg_catalog.format('constraint %s of %s', key.conname, key.object),
    pg_catalog.format('ALTER TABLE %I.%I RENAME CONSTRAINT %I TO %I', key.nspname, key.relname, key.conname, '~' || key.conname),
    pg_catalog.format('ALTER TABLE %I.%I RENAME CONSTRAINT %I TO %I', key.nspname, key.relname, '~' || key.conname, key.conname)
FROM key
WHERE key.conname IS NOT NULL AND pg_catalog.octet_length(key.conname) < 63
ORDER BY 2;
