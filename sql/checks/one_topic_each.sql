-- expected: 35 of 35
-- hint: Every governed object needs one topic. public.v_oneroof_topic_projection_pending lists the objects without one.
SELECT pg_catalog.format('%s of %s', pg_catalog.count(assignment.object_code), pg_catalog.count(*))
FROM public.v_governance_object_inventory AS inventory
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.object_code = inventory.object_code::text COLLATE "C"
