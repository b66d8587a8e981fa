-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.

DELETE FROM public.oneroof_scan_finding AS finding WHERE finding.ruleset_code = 'RULESET-GOV-1';
DELETE FROM public.oneroof_scan_run AS run WHERE run.ruleset_code = 'RULESET-GOV-1';
DELETE FROM public.oneroof_scan_rule AS rule
WHERE rule.rule_code IN ('SCN-OWNER-INHERITED-ONLY', 'SCN-TOPIC-SPARSE', 'SCN-AXIS-VALUE-UNBOUND');
