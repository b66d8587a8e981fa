-- expected: 0
-- hint: Look at v_governance_ownership_gap: the pairs of object and scope without an owner are not as expected.
SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_gap
