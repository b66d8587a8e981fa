-- expected: 1
-- hint: Exactly one run row a run; the scan did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.candidate_scan_run AS run
WHERE run.xmin = pg_catalog.pg_current_xact_id()::xid
