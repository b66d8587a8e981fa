                ('reference.scopes', 'error', 'approve define observe operate remediate retire',
                    $q$
                        SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
                        FROM (SELECT scope.scope_code::text AS code FROM public.v_governance_scope AS scope) AS live
                    $q$,
                    'The scopes of production are not those that the release names; it must be reviewed again.')
