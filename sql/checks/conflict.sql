-- expected: 0
-- hint: Look at v_governance_ownership_conflict: whoever governs the objects settles it.
SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_conflict
