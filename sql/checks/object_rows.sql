-- expected: every object
-- hint: Each object needs one row in public.candidate_scan_object with its covered scopes. Look for a trigger or a rule on that table that changes the rows.
SELECT CASE WHEN kept.found = due.total THEN 'every object' ELSE pg_catalog.format('%s of %s', kept.found, due.total) END
FROM (
    SELECT pg_catalog.count(*) AS found
    FROM public.candidate_scan_object AS kept
    JOIN public.v_governance_object_inventory AS inventory
        ON inventory.object_code::text COLLATE "C" = kept.object_code::text COLLATE "C" AND inventory.class_code::text COLLATE "C" = kept.class_code::text COLLATE "C"
    WHERE kept.scopes_total = (SELECT pg_catalog.count(*) FROM public.v_governance_scope)
        AND kept.scopes_covered = kept.scopes_total - (
            SELECT pg_catalog.count(DISTINCT gap.scope_code) FROM public.v_governance_ownership_gap AS gap
            WHERE gap.object_code = inventory.object_code)
) AS kept
CROSS JOIN (SELECT pg_catalog.count(*) AS total FROM public.v_governance_object_inventory) AS due
