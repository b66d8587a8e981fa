-- expected: 0
-- hint: Look at public.v_governance_event_emit: governance events reached the outbox before people turned them on. Find out who sent them.
SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit
