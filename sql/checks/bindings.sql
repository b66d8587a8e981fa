-- expected: 30
-- hint: Look at public.oneroof_axis_binding: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_binding
