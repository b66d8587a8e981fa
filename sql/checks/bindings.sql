-- expected: 30
-- hint: Look at public.oneroof_axis_binding: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_binding
