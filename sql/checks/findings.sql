-- expected: 38
-- hint: Look at public.oneroof_scan_finding: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_finding
