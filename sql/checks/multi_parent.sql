-- expected: 0
-- hint: Look at public.v_oneroof_containment_multi_parent: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_containment_multi_parent
