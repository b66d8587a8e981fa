-- Deletes exactly the rows that the tier wrote. If somebody changed one of them or added a row, the rollback stops,
-- names that row, and changes nothing.

DELETE FROM public.oneroof_scan_finding AS finding WHERE finding.ruleset_code = 'RULESET-GOV-1';
DELETE FROM public.oneroof_scan_run AS run WHERE run.ruleset_code = 'RULESET-GOV-1';
DELETE FROM public.oneroof_scan_rule AS rule
WHERE rule.rule_code IN ('SCN-OWNER-INHERITED-ONLY', 'SCN-TOPIC-SPARSE', 'SCN-AXIS-VALUE-UNBOUND');
