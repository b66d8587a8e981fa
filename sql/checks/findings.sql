-- expected: 38
-- hint: Look at public.oneroof_scan_finding: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_finding
