-- expected: 0
-- hint: Look at public.v_oneroof_containment_multi_parent, which must be empty: it lists nodes with several parents. Find out who dropped the primary key of public.oneroof_containment_edge.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_containment_multi_parent
