-- expected: SCN-OWNER-INHERITED-ONLY 35, SCN-TOPIC-SPARSE 2, SCN-AXIS-VALUE-UNBOUND 1
-- hint: The numbers of findings differ from the reviewed ones. public.v_oneroof_scan_rule_summary shows them for each rule.
SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', summary.rule_code, summary.findings), ', ' ORDER BY summary.ordinal)
FROM public.v_oneroof_scan_rule_summary AS summary
