-- expected: not written
-- hint: Something wrote to public.event_outbox in this transaction. Look for a trigger on the tables that the tier writes, and ask its owner to drop it.
SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'not written' ELSE 'written' END
FROM pg_catalog.pg_locks AS held
WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
    AND held.relation = 'public.event_outbox'::pg_catalog.regclass
    AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
