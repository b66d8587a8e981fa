-- expected: 240 = 30 direct + 210 inherited
-- hint: Look at v_governance_effective_owner: the owners are not those that the seed gives.
SELECT pg_catalog.format('%s = %s direct + %s inherited', pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE effective.provenance::text COLLATE "C" = 'direct'),
    pg_catalog.count(*) FILTER (WHERE effective.provenance::text COLLATE "C" = 'inherited'))
FROM public.v_governance_effective_owner AS effective
