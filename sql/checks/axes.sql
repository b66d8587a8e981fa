-- expected: 3
-- hint: Look at public.oneroof_axis: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_axis
