-- expected: 35
-- hint: The release was reviewed for 35 governed objects. Look at public.v_governance_object_inventory. If the objects have changed, the release must be reviewed again.
SELECT pg_catalog.count(*)::text FROM public.v_governance_object_inventory
