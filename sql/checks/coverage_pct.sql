-- expected: 100
-- hint: Look at v_governance_ownership_gap: pairs of object and scope are left without an owner.
SELECT pg_catalog.trim_scale(coverage.coverage_pct)::text FROM public.v_oneroof_ownership_coverage AS coverage
