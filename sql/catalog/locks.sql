-- The server's own list of what this backend may have written: every relation on which it holds a mode above RowShareLock. Triggers,
-- SECURITY DEFINER functions, partitions, TRUNCATE and nextval all show here, a lock lasts until the transaction ends.
WITH held AS (
    SELECT l.relation, l.mode
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.pid = pg_catalog.pg_backend_pid()
      AND l.granted
      AND l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
),
noted AS (
    SELECT
        nullif(pg_catalog.current_setting('oneroof.relation_names', true), '')::jsonb                    AS names,
        pg_catalog.string_to_array(nullif(pg_catalog.current_setting('oneroof.relations_before', true), ''), ',') AS before
)
SELECT
    held.relation                                                                                          AS oid,
    coalesce(noted.names ->> held.relation::text, n.nspname || '.' || root.relname, 'dropped relation ' || held.relation::text) AS relation,
    coalesce(n.nspname = 'pg_catalog', false)                                                              AS catalog,
    coalesce(c.relkind::text, '')                                                                          AS kind,
    held.mode                                                                                              AS mode,
    held.relation::text = ANY (noted.before)                                                               AS existed
FROM held
CROSS JOIN noted
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = held.relation
-- An index counts as its table, a TOAST table or its index as the table it serves.
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS served ON served.reltoastrelid = coalesce(i.indrelid, c.oid) AND served.reltoastrelid <> 0
LEFT JOIN pg_catalog.pg_class AS root ON root.oid = coalesce(served.oid, i.indrelid, c.oid)
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = root.relnamespace
ORDER BY 2, 5, 1;
