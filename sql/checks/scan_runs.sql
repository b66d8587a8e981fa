-- expected: 1
-- hint: Look at public.oneroof_scan_run: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_run
