-- The row count of one relation, and what this transaction has written to it so far. There are two sources: the rows themselves, which are
-- counted only if the table has at most 10,000 pages, and the server's counters for this transaction. files: the numbers of the relation's
-- files. A rewrite or TRUNCATE gives a table new files and resets its counters.
WITH RECURSIVE part (oid) AS (
    SELECT '{relation}'::pg_catalog.regclass::oid
    UNION
    SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
), total AS MATERIALIZED (
    SELECT
        coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(part.oid)), 0) / pg_catalog.current_setting('block_size')::bigint AS pages,
        pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(part.oid)) AS inserted,
        pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(part.oid)) AS updated,
        pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(part.oid)) AS deleted,
        pg_catalog.string_agg(coalesce(pg_catalog.pg_relation_filenode(part.oid), 0)::text, ' ' ORDER BY part.oid) AS files
    FROM part
)
SELECT counted.row_count, counted.written, total.inserted, total.updated, total.deleted, total.files
FROM total
LEFT JOIN LATERAL (
    SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE t.xmin = pg_catalog.pg_current_xact_id_if_assigned()::xid)
    FROM {relation} AS t
    WHERE total.pages <= 10000
) AS counted (row_count, written) ON total.pages <= 10000;
