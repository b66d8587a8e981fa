-- expected: 100
-- hint: Look at public.v_governance_ownership_gap: it lists the pairs of object and scope that have no owner.
SELECT pg_catalog.trim_scale(coverage.coverage_pct)::text FROM public.v_oneroof_ownership_coverage AS coverage
