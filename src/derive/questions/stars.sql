-- The relations that have a column which the build added to each table for a moment, and what they have with it: its type, default, check, index
-- and comment. The number in the name of the column follows its first 13 characters.
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
-- A partition that was made as such has the column from its parent, also in another database.
WHERE pg_catalog.starts_with(a.attname, 'oneroof_more_') AND NOT a.attisdropped AND a.attislocal;
