-- expected: none
-- hint: An event trigger runs with every DDL of tier 1. A superuser disables it for the release (ALTER EVENT TRIGGER ... DISABLE) or the release waits.
SELECT coalesce(pg_catalog.string_agg(e.evtname || ' (' || e.evtevent || ')', ', ' ORDER BY e.evtname), 'none')
FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D'
