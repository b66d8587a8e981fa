-- expected: 1
-- hint: Look at public.oneroof_scan_run: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_run
