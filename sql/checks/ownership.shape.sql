-- expected: ordinary table
-- hint: The seed must write its rows into public.governance_object_ownership itself. The owner must change the table back, or the release must be reviewed again.
SELECT coalesce((
SELECT CASE
    WHEN c.relkind = 'p' THEN 'partitioned table'
    WHEN c.relkind <> 'r' THEN 'kind ' || c.relkind::text
    WHEN c.relispartition THEN 'partition'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE c.oid IN (h.inhparent, h.inhrelid)) THEN 'part of an inheritance tree'
    WHEN c.relpersistence <> 'p' THEN 'unlogged table'
    ELSE 'ordinary table'
END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE c.relname = 'governance_object_ownership'), 'missing')
