-- expected: nothing
-- hint: Tier 1 wrote to the table or sequence that is named. Look for an event trigger or a trigger that does so, and ask its owner to disable it until the release has ended.
SELECT coalesce(pg_catalog.string_agg(DISTINCT held.relation::pg_catalog.regclass::text, ', '), 'nothing')
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_class AS class ON class.oid = held.relation
WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
    AND held.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND class.relname !~ '^(v_)?oneroof_'
    AND class.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace AND class.relnamespace <> 'pg_toast'::pg_catalog.regnamespace
