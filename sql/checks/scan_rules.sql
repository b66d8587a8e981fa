-- expected: 3
-- hint: Look at public.oneroof_scan_rule: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_rule
