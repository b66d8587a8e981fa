-- expected: 240 = 30 direct + 210 inherited
-- hint: Look at public.v_governance_effective_owner: it must list 30 owners of classes and 210 owners of objects. Find out who added or removed an owner or an object.
SELECT pg_catalog.format('%s = %s direct + %s inherited', pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE effective.provenance::text COLLATE "C" = 'direct'),
    pg_catalog.count(*) FILTER (WHERE effective.provenance::text COLLATE "C" = 'inherited'))
FROM public.v_governance_effective_owner AS effective
