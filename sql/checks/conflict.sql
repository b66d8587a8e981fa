-- expected: 0
-- hint: Look at v_governance_ownership_conflict. The people who govern these objects must resolve the conflict.
SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_conflict
