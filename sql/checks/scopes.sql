-- expected: 6
-- hint: The release was reviewed for 6 scopes; with others it must be reviewed again.
SELECT pg_catalog.count(*)::text FROM public.v_governance_scope
