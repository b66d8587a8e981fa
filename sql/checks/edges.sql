-- expected: 40
-- hint: Look at public.oneroof_containment_edge: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_containment_edge
