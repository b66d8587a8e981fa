-- expected: 0
-- hint: Look at public.v_oneroof_axis_conflict, which must be empty: it lists bindings that cannot be used, each with the reason.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_axis_conflict
