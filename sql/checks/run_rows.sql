-- expected: 1
-- hint: A scan adds exactly one row to public.candidate_scan_run. Look for a trigger or a rule on that table that adds or removes rows.
SELECT pg_catalog.count(*)::text FROM public.candidate_scan_run AS run
WHERE run.xmin = pg_catalog.pg_current_xact_id()::xid
