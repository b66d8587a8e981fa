-- One-Roof Governance Phase 1, tier 6: scanner baseline.
--
-- Records what the scanner finds on the finished roof: 3 rules, one run under RULESET-GOV-1 (highest version, enacted) with the
-- newest evolution snapshot, 38 findings. Nothing is emitted: no rule is emittable, no governance event type is active.
-- Gated: needs the database directus, an open gate and the ratified APR code in the setting oneroof.ratified_apr.
-- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=APR-..').
-- Writes: oneroof_scan_rule, oneroof_scan_run, oneroof_scan_finding.
-- Undo: prod_rollback/60_scanner_baseline.sql
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (1, 'gate', 'public.os_proposal_approvals', 'SHARE'),
                (2, 'target', 'public.oneroof_scan_finding', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_scan_rule', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_scan_run', 'SHARE ROW EXCLUSIVE'),
                (3, 'seam', 'public.v_governance_object_inventory', 'SHARE'),
                (3, 'seam', 'public.v_governance_scope', 'SHARE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:check standing.1
-- oneroof:check standing.2
-- oneroof:check standing.3
-- oneroof:check standing.4
-- oneroof:check standing.5
-- oneroof:check standing.6.2
-- oneroof:check inventory
-- oneroof:check scopes
-- oneroof:check reference.objects
-- oneroof:check reference.labels
-- oneroof:check reference.ruleset
-- oneroof:check reference.snapshot
-- oneroof:check ownership
-- oneroof:check gap
-- oneroof:check conflict
-- oneroof:check gov_emit
-- oneroof:check event_types_active
-- oneroof:used
-- oneroof:body
INSERT INTO public.oneroof_scan_rule (rule_code, ordinal, title, subject_kind) VALUES
    ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object'),
    ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic'),
    ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value');

SELECT newest.snapshot_ref, scanned.inserted, scanned.updated, scanned.unchanged
FROM (
    SELECT snapshot.snapshot_ref::text AS snapshot_ref
    FROM public.evolution_snapshots AS snapshot
    ORDER BY snapshot.taken_at DESC NULLS LAST, snapshot.id DESC
    LIMIT 1
) AS newest
CROSS JOIN LATERAL public.fn_oneroof_scan('RULESET-GOV-1', newest.snapshot_ref) AS scanned;

ANALYZE public.oneroof_scan_rule, public.oneroof_scan_run, public.oneroof_scan_finding;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check scan_rules
-- oneroof:check scan_runs
-- oneroof:check findings
-- oneroof:check findings_by_rule
-- oneroof:check scan_drift
-- oneroof:check second_run
-- oneroof:check emittable
-- oneroof:check gov_emit
-- oneroof:check event_types_active
-- oneroof:check outbox
-- oneroof:check standing.6
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
