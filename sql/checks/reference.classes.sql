-- expected: DATA LAW PROC ROLE SVC
-- hint: The classes of production are not those that the release names; the release must be reviewed again.
SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
FROM (SELECT DISTINCT inventory.class_code::text COLLATE "C" AS code FROM public.v_governance_object_inventory AS inventory) AS live
