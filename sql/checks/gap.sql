-- expected: 0
-- hint: Look at public.v_governance_ownership_gap: it lists the pairs of object and scope that have no owner. Find out who added or removed an owner or an object.
SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_gap
