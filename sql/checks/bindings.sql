-- expected: 30
-- hint: Look at public.oneroof_axis_binding: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_binding
