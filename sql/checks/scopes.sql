-- expected: 6
-- hint: The release was reviewed for 6 scopes. Look at public.v_governance_scope. If the scopes have changed, the release must be reviewed again.
SELECT pg_catalog.count(*)::text FROM public.v_governance_scope
