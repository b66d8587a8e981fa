-- expected: 15
-- hint: Look at public.oneroof_axis_value: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_value
