-- Records what the scanner finds after tiers 1 to 5: 3 rules, one run under RULESET-GOV-1 (highest version, enacted) with the
-- newest evolution snapshot, and 38 findings. Nothing is emitted: no rule is emittable, and no governance event type is active.

INSERT INTO public.oneroof_scan_rule (rule_code, ordinal, title, subject_kind) VALUES
    ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object'),
    ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic'),
    ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value');

SELECT newest.snapshot_ref, scanned.inserted, scanned.updated, scanned.unchanged
FROM (
    SELECT snapshot.snapshot_ref::text COLLATE "C" AS snapshot_ref
    FROM public.evolution_snapshots AS snapshot
    ORDER BY snapshot.taken_at DESC NULLS LAST, snapshot.id DESC
    LIMIT 1
) AS newest
CROSS JOIN LATERAL public.fn_oneroof_scan('RULESET-GOV-1', newest.snapshot_ref) AS scanned;

ANALYZE public.oneroof_scan_rule, public.oneroof_scan_run, public.oneroof_scan_finding;
