-- expected: 0 inserted, 0 updated, 38 unchanged
-- hint: A second scan must change nothing. Compare public.v_oneroof_scan_candidate_finding with public.oneroof_scan_finding.
SELECT pg_catalog.format('%s inserted, %s updated, %s unchanged', again.inserted, again.updated, again.unchanged)
FROM public.oneroof_scan_run AS run
CROSS JOIN LATERAL public.fn_oneroof_scan(run.ruleset_code, run.snapshot_ref) AS again
