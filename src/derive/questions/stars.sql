-- The build adds a column oneroof_more_N to each existing table for a moment, with a default, a check, an index and a comment. This query lists the
-- relations that have such a column: the existing tables themselves, and the relations that a tier made with all columns of a table. The column
-- takes lists what the relation copied besides the column itself, such as its default. The column number is the N of the name: it tells which
-- existing table the column comes from.
SELECT c.oid::text AS oid, n.nspname || '.' || c.relname AS relation, pg_catalog.substr(a.attname, 14) AS number,
    pg_catalog.concat_ws(' ', CASE WHEN c.relkind IN ('r', 'p') THEN 'type' END,
        CASE WHEN a.atthasdef THEN 'default' END,
        CASE WHEN EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)) THEN 'check' END,
        CASE WHEN EXISTS (
            SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey::smallint[])) THEN 'index' END,
        CASE WHEN pg_catalog.col_description(c.oid, a.attnum) IS NOT NULL THEN 'comment' END) AS takes
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
-- A table that was created as a partition is left out, because it has the columns of its parent in every database.
WHERE pg_catalog.starts_with(a.attname, 'oneroof_more_') AND NOT a.attisdropped AND a.attislocal;
