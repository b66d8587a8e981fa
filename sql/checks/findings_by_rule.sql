-- expected: SCN-OWNER-INHERITED-ONLY 35, SCN-TOPIC-SPARSE 2, SCN-AXIS-VALUE-UNBOUND 1
-- hint: The findings differ from those of the reviewed baseline; look at v_oneroof_scan_rule_summary.
SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', summary.rule_code, summary.findings), ', ' ORDER BY summary.ordinal)
FROM public.v_oneroof_scan_rule_summary AS summary
