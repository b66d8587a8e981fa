-- expected: approve define observe operate remediate retire
-- hint: The scopes of production are not those that the release names; the release must be reviewed again.
SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
FROM (SELECT scope.scope_code::text COLLATE "C" AS code FROM public.v_governance_scope AS scope) AS live
