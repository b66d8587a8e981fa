-- expected: every pair
-- hint: Look at v_governance_ownership_gap: after the rollback no pair of object and scope may have an owner.
-- An object that was added since the release has no owner either, and must not prevent the rollback. So the check expects no fixed number.
SELECT CASE
    WHEN gap.pairs = inventoried.objects * scoped.scopes THEN 'every pair'
    ELSE pg_catalog.format('%s of %s pairs', gap.pairs, inventoried.objects * scoped.scopes)
END
FROM (SELECT pg_catalog.count(*) AS pairs FROM public.v_governance_ownership_gap) AS gap
CROSS JOIN (SELECT pg_catalog.count(*) AS objects FROM public.v_governance_object_inventory) AS inventoried
CROSS JOIN (SELECT pg_catalog.count(*) AS scopes FROM public.v_governance_scope) AS scoped
