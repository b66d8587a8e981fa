-- One-Roof Governance Phase 1, rollback of tier 6: scanner.
--
-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: oneroof_scan_rule, oneroof_scan_run, oneroof_scan_finding. The candidate tables are not part of the release and stay.
-- Undo: apply the tier again.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (2, 'target', 'public.oneroof_scan_finding', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_scan_rule', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_scan_run', 'SHARE ROW EXCLUSIVE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check standing.6
-- oneroof:used
-- oneroof:body
DELETE FROM public.oneroof_scan_finding AS finding WHERE finding.ruleset_code = 'RULESET-GOV-1';
DELETE FROM public.oneroof_scan_run AS run WHERE run.ruleset_code = 'RULESET-GOV-1';
DELETE FROM public.oneroof_scan_rule AS rule
WHERE rule.rule_code IN ('SCN-OWNER-INHERITED-ONLY', 'SCN-TOPIC-SPARSE', 'SCN-AXIS-VALUE-UNBOUND');
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check findings.2
-- oneroof:check scan_runs.2
-- oneroof:check scan_rules.2
-- oneroof:check outbox
-- oneroof:check standing.6.2
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
