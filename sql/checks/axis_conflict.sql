-- expected: 0
-- hint: Look at public.v_oneroof_axis_conflict: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_axis_conflict
