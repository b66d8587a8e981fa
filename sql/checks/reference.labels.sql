-- expected: as reviewed
-- hint: The label rules do not give the reviewed topics. Correct the label in the application, or review the release again.
WITH rule AS (
    SELECT listed.priority, listed.label_pattern, listed.topic_code, listed.objects
    FROM (VALUES
        (1, 'data/audit%', 'audit', 'GOV-DATA-09'),
        (2, 'svc/bridge%', 'integration', 'GOV-SVC-06'),
        (3, 'law/%', 'constitution', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
        (4, 'proc/%', 'lifecycle', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
        (5, 'data/%', 'knowledge', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08'),
        (6, 'svc/%', 'operations', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05'),
        (7, 'role/%', 'identity', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ) AS listed (priority, label_pattern, topic_code, objects)
), reviewed AS (
    SELECT object.code AS object_code, rule.topic_code
    FROM rule
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(rule.objects, ' ') AS object (code)
), live AS (
    SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.label::text COLLATE "C" AS label
    FROM public.v_governance_object_inventory AS inventory
), projected AS (
    SELECT DISTINCT ON (live.object_code) live.object_code, rule.topic_code
    FROM live
    JOIN rule ON live.label LIKE rule.label_pattern
    ORDER BY live.object_code, rule.priority
)
SELECT coalesce(pg_catalog.string_agg(
    pg_catalog.format('%s with label %s is of topic %s, reviewed as %s', live.object_code, coalesce(live.label, 'NULL'),
        coalesce(projected.topic_code, 'none'), coalesce(reviewed.topic_code, 'none')),
    '; ' ORDER BY live.object_code COLLATE "C"), 'as reviewed')
FROM live
LEFT JOIN projected ON projected.object_code = live.object_code
LEFT JOIN reviewed ON reviewed.object_code = live.object_code
WHERE projected.topic_code IS NULL OR reviewed.topic_code IS NULL OR projected.topic_code <> reviewed.topic_code
