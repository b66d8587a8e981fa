-- expected: 15
-- hint: Look at public.oneroof_axis_value: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_value
