-- absent: nothing of the tier is there. applied: exactly what was shipped. altered: neither, with the first difference.
WITH topic (ordinal, topic_code, title, priority, label_pattern, objects) AS (
    VALUES
        (1, 'constitution', 'Constitution', 3, 'law/%', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
        (2, 'lifecycle', 'Lifecycle', 4, 'proc/%', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
        (3, 'knowledge', 'Knowledge', 5, 'data/%', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08'),
        (4, 'audit', 'Audit', 1, 'data/audit%', 'GOV-DATA-09'),
        (5, 'operations', 'Operations', 6, 'svc/%', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05'),
        (6, 'integration', 'Integration', 2, 'svc/bridge%', 'GOV-SVC-06'),
        (7, 'identity', 'Identity', 7, 'role/%', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
), shipped (words) AS (
    SELECT 'oneroof_topic ' || ROW(topic.topic_code, topic.ordinal, topic.title)::text
    FROM topic
    UNION ALL
    SELECT 'oneroof_topic_label_rule ' || ROW(topic.label_pattern, topic.priority, topic.topic_code)::text
    FROM topic
    UNION ALL
    SELECT 'oneroof_topic_assignment ' || ROW(object.code, topic.topic_code)::text
    FROM topic
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(topic.objects, ' ') AS object (code)
), live (words) AS (
    SELECT 'oneroof_topic ' || ROW(held.topic_code, held.ordinal, held.title)::text
    FROM public.oneroof_topic AS held
    UNION ALL
    SELECT 'oneroof_topic_label_rule ' || ROW(rule.label_pattern, rule.priority, rule.topic_code)::text
    FROM public.oneroof_topic_label_rule AS rule
    UNION ALL
    SELECT 'oneroof_topic_assignment ' || ROW(assignment.object_code, assignment.topic_code)::text
    FROM public.oneroof_topic_assignment AS assignment
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
