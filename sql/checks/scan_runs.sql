-- expected: 1
-- hint: Look at public.oneroof_scan_run: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_run
