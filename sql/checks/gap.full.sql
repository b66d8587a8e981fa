-- expected: every pair
-- hint: Look at v_governance_ownership_gap: after the rollback no pair of object and scope may have an owner.
-- An object added since the release has the gap too, and must not forbid the way back: so no number is expected here.
SELECT CASE
    WHEN gap.pairs = inventoried.objects * scoped.scopes THEN 'every pair'
    ELSE pg_catalog.format('%s of %s pairs', gap.pairs, inventoried.objects * scoped.scopes)
END
FROM (SELECT pg_catalog.count(*) AS pairs FROM public.v_governance_ownership_gap) AS gap
CROSS JOIN (SELECT pg_catalog.count(*) AS objects FROM public.v_governance_object_inventory) AS inventoried
CROSS JOIN (SELECT pg_catalog.count(*) AS scopes FROM public.v_governance_scope) AS scoped
