-- expected: released
-- hint: Candidates can be written only after the release. Run oneroof apply first.
SELECT CASE
    WHEN pg_catalog.to_regclass('public.oneroof_scan_run') IS NULL THEN 'not released'
    WHEN (SELECT pg_catalog.count(*) FROM public.v_governance_ownership_gap) > 0 THEN 'pairs of object and scope have no owner'
    ELSE 'released'
END
