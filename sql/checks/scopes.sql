-- expected: 6
-- hint: The release was reviewed for 6 scopes. With other scopes it must be reviewed again.
SELECT pg_catalog.count(*)::text FROM public.v_governance_scope
