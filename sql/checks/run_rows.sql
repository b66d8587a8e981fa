-- expected: 1
-- hint: A scan adds exactly one row to candidate_scan_run. This scan did not, so it was rolled back.
SELECT pg_catalog.count(*)::text FROM public.candidate_scan_run AS run
WHERE run.xmin = pg_catalog.pg_current_xact_id()::xid
