-- expected: 0
-- hint: Look at public.v_oneroof_axis_conflict: it must have no rows.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_axis_conflict
