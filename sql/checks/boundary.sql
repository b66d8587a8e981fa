-- expected: not written
-- hint: The action wrote to public.event_outbox or public.system_issues. Look for a trigger on the candidate tables that does so, and ask its owner to drop it.
SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'not written' ELSE 'written' END
FROM pg_catalog.pg_locks AS held
WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
    AND held.relation IN ('public.event_outbox'::pg_catalog.regclass, 'public.system_issues'::pg_catalog.regclass)
    AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
