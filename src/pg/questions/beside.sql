-- How many rows this transaction has inserted, updated and deleted so far, by the server's counters. One row for each table that the packet
-- creates or names, and for each of their partitions. names: the name of the table, if the packet names it, and the names of the partitioned
-- tables above it. files: the number of the table's file. TRUNCATE or a rewrite gives a table a new file. bytes: the size of the table.
WITH RECURSIVE part (name, oid) AS (
    SELECT named.name, c.oid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS named (name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(named.name, '.', 1)
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(named.name, '.', 2) AND c.relkind IN ('r', 'p')
    UNION
    SELECT part.name, h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
)
SELECT table_of.oid, table_of.names,
    pg_catalog.pg_stat_get_xact_tuples_inserted(table_of.oid) AS inserted,
    pg_catalog.pg_stat_get_xact_tuples_updated(table_of.oid) AS updated,
    pg_catalog.pg_stat_get_xact_tuples_deleted(table_of.oid) AS deleted,
    coalesce(pg_catalog.pg_relation_filenode(table_of.oid), 0)::text AS files,
    coalesce(pg_catalog.pg_relation_size(table_of.oid), 0) AS bytes
FROM (
    SELECT part.oid, pg_catalog.string_agg(part.name, ' ' ORDER BY part.name COLLATE "C") AS names
    FROM part
    GROUP BY part.oid
) AS table_of
ORDER BY table_of.names COLLATE "C", table_of.oid;
