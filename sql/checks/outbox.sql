-- expected: not written
-- hint: Something in the tier wrote to the outbox, so the tier was rolled back. Look for a trigger on the tables that the tier writes.
SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'not written' ELSE 'written' END
FROM pg_catalog.pg_locks AS held
WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
    AND held.relation = 'public.event_outbox'::pg_catalog.regclass
    AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
