-- expected: approve define observe operate remediate retire
-- hint: Look at public.v_governance_scope: the scopes are not those that the release names. The release must be reviewed again.
SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
FROM (SELECT scope.scope_code::text COLLATE "C" AS code FROM public.v_governance_scope AS scope) AS live
