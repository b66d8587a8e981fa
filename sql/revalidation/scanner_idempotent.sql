SELECT scanned.turn, again.inserted, again.updated, again.unchanged
FROM pg_catalog.generate_series(1, 2) AS scanned (turn)
CROSS JOIN public.oneroof_scan_run AS run
CROSS JOIN LATERAL public.fn_oneroof_scan(run.ruleset_code, run.snapshot_ref) AS again
ORDER BY scanned.turn;
