-- expected: 0
-- hint: Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.
SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit
