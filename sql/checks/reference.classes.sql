-- expected: DATA LAW PROC ROLE SVC
-- hint: Look at class_code in public.v_governance_object_inventory: the classes are not those that the release names. The release must be reviewed again.
SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
FROM (SELECT DISTINCT inventory.class_code::text COLLATE "C" AS code FROM public.v_governance_object_inventory AS inventory) AS live
