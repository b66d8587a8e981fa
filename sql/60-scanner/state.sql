-- absent: no row of the tier exists. applied: exactly the shipped rows exist. altered: anything else, with the first difference.
-- People wrote this query, because the rows name the newest snapshot and the version of the ruleset in the database that is released. The
-- throwaway server of the build has others, so a derived state would fit no other database.
-- The build makes the query before and after the tier and its rollback, and stops if the answer is wrong.
WITH wing (class_code, objects) AS (
    VALUES
        ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
        ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
        ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
        ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
        ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
), found (rule_code, subject_code, detail) AS (
    SELECT 'SCN-OWNER-INHERITED-ONLY', object.code, 'no direct owner; what it has comes from class ' || wing.class_code
    FROM wing
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
    UNION ALL
    VALUES
        ('SCN-TOPIC-SPARSE', 'audit', 'the topic has a single object'),
        ('SCN-TOPIC-SPARSE', 'integration', 'the topic has a single object'),
        ('SCN-AXIS-VALUE-UNBOUND', 'AUTHORITY/L1', 'no binding uses the value')
), shipped (words) AS (
    SELECT 'oneroof_scan_rule ' || rule::text
    FROM (VALUES
        ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object', false),
        ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic', false),
        ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value', false)
    ) AS rule
    UNION ALL
    SELECT 'oneroof_scan_run of RULESET-GOV-1'
    UNION ALL
    SELECT 'oneroof_scan_finding ' || ROW(found.rule_code, found.subject_code, found.detail, 'open')::text
    FROM found
), later AS (
    -- The tier made the first run. Rows of a later run are shown with its ruleset and snapshot.
    SELECT run.ruleset_code, run.snapshot_ref,
        CASE
            WHEN pg_catalog.row_number() OVER (ORDER BY run.scanned_at, run.ruleset_code, run.snapshot_ref) = 1 THEN ''
            ELSE pg_catalog.format(' of %s with %s', run.ruleset_code, run.snapshot_ref)
        END AS words
    FROM public.oneroof_scan_run AS run
), live (words) AS (
    SELECT 'oneroof_scan_rule ' || ROW(rule.rule_code, rule.ordinal, rule.title, rule.subject_kind, rule.emittable)::text
    FROM public.oneroof_scan_rule AS rule
    UNION ALL
    -- The row of the run names the snapshot that it used. That is accepted unless other rows contradict it.
    SELECT CASE
            WHEN later.words <> '' THEN 'oneroof_scan_run' || later.words
            WHEN run.ruleset_code <> 'RULESET-GOV-1' THEN 'oneroof_scan_run of ' || run.ruleset_code
            WHEN named.snapshots > 0 AND named.same_snapshots = 0
                THEN pg_catalog.format('oneroof_scan_run with snapshot_id %s, which is not that of %s', run.snapshot_id, run.snapshot_ref)
            WHEN ruled.versions > 0 AND ruled.same_versions = 0
                THEN pg_catalog.format('oneroof_scan_run of version %s, which %s does not have', run.ruleset_version, run.ruleset_code)
            ELSE 'oneroof_scan_run of RULESET-GOV-1'
        END
    FROM public.oneroof_scan_run AS run
    JOIN later ON later.ruleset_code = run.ruleset_code AND later.snapshot_ref = run.snapshot_ref
    CROSS JOIN LATERAL (
        SELECT pg_catalog.count(*) AS snapshots, pg_catalog.count(*) FILTER (WHERE known.id = run.snapshot_id) AS same_snapshots
        FROM public.evolution_snapshots AS known
        WHERE known.snapshot_ref::text COLLATE "C" = run.snapshot_ref
    ) AS named
    CROSS JOIN LATERAL (
        SELECT pg_catalog.count(*) AS versions, pg_catalog.count(*) FILTER (WHERE known.version = run.ruleset_version) AS same_versions
        FROM public.governance_ruleset AS known
        WHERE known.ruleset_code::text COLLATE "C" = run.ruleset_code
    ) AS ruled
    UNION ALL
    SELECT pg_catalog.format('oneroof_scan_finding%s %s', later.words,
        ROW(finding.rule_code, finding.subject_code, finding.detail, finding.state)::text)
    FROM public.oneroof_scan_finding AS finding
    JOIN later ON later.ruleset_code = finding.ruleset_code AND later.snapshot_ref = finding.snapshot_ref
), difference AS (
    SELECT pg_catalog.concat_ws('; ',
        (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
        (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
    WHEN difference.words = '' THEN 'applied'
    ELSE 'altered: ' || difference.words
END
FROM difference
