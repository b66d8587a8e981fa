-- Compares the label rules with the live labels, for the owners of the application: by rule, then by object. It only reads.
-- After the release the rules and assignments come from the database; before it they are those that the packet would write.
-- Each row is one line of a table: title, headings, cells (JSON lists of text).
-- include: seam_guard
DO $oneroof$
DECLARE
    released boolean := coalesce(pg_catalog.to_regclass('public.v_oneroof_label_rule_alignment') IS NOT NULL
        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('public.oneroof_topic_label_rule'), 'SELECT')
        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('public.oneroof_topic_assignment'), 'SELECT'), false);
    rules    jsonb;
    answer     jsonb;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    IF released THEN
        EXECUTE $q$
            SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('priority', rule.priority, 'pattern', rule.label_pattern, 'topic', rule.topic_code,
                'objects', (SELECT coalesce(pg_catalog.string_agg(assignment.object_code, ' '), '')
                    FROM public.oneroof_topic_assignment AS assignment WHERE assignment.topic_code = rule.topic_code)))
            FROM public.oneroof_topic_label_rule AS rule$q$ INTO rules;
    END IF;
    released := rules IS NOT NULL;
    IF NOT released THEN
        SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'priority', listed.priority, 'pattern', listed.label_pattern, 'topic', listed.topic_code, 'objects', listed.objects))
        INTO rules
        FROM (VALUES
            (1, 'data/audit%', 'audit', 'GOV-DATA-09'),
            (2, 'svc/bridge%', 'integration', 'GOV-SVC-06'),
            (3, 'law/%', 'constitution', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            (4, 'proc/%', 'lifecycle', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            (5, 'data/%', 'knowledge', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08'),
            (6, 'svc/%', 'operations', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05'),
            (7, 'role/%', 'identity', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
        ) AS listed (priority, label_pattern, topic_code, objects);
    END IF;
    WITH rule AS (
        SELECT (entry ->> 'priority')::integer AS priority, entry ->> 'pattern' AS pattern, entry ->> 'topic' AS topic, entry ->> 'objects' AS objects
        FROM pg_catalog.jsonb_array_elements(rules) AS entry
    ), reviewed AS (
        -- Two rules may have the same topic.
        SELECT DISTINCT object.code AS object_code, rule.topic
        FROM rule
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(rule.objects, ' ') AS object (code)
        WHERE object.code <> ''
    ), live AS (
        SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.label::text COLLATE "C" AS label, inventory.title::text COLLATE "C" AS title
        FROM public.v_governance_object_inventory AS inventory
    ), projected AS (
        SELECT DISTINCT ON (live.object_code) live.object_code, rule.pattern, rule.topic
        FROM live
        JOIN rule ON live.label LIKE rule.pattern
        ORDER BY live.object_code, rule.priority
    ), object AS (
        SELECT coalesce(live.object_code, reviewed.object_code) AS object_code, live.title, live.label, projected.pattern,
            projected.topic AS projected_topic, reviewed.topic AS reviewed_topic,
            CASE
                WHEN live.object_code IS NULL THEN 'not in the inventory any more'
                WHEN reviewed.topic IS NULL THEN 'nobody has reviewed it'
                WHEN projected.topic IS NULL THEN 'no rule matches the label'
                WHEN projected.topic <> reviewed.topic THEN 'label and review differ'
                ELSE 'aligned'
            END AS verdict
        FROM live
        FULL JOIN reviewed ON reviewed.object_code = live.object_code
        LEFT JOIN projected ON projected.object_code = live.object_code
    ), line (place, sorted, title, headings, cells) AS (
        SELECT 1, pg_catalog.to_char(rule.priority, '00000'),
            CASE WHEN released THEN 'label rules, as released' ELSE 'label rules, as the packet would write them' END,
            pg_catalog.jsonb_build_array('rule', 'topic', 'priority', 'objects it decides', 'confirmed by the review'),
            pg_catalog.jsonb_build_array(rule.pattern, rule.topic, rule.priority::text,
                (SELECT pg_catalog.count(*)::text FROM object WHERE object.pattern = rule.pattern),
                (SELECT pg_catalog.count(*)::text FROM object WHERE object.pattern = rule.pattern AND object.verdict = 'aligned'))
        FROM rule
        UNION ALL
        SELECT 2, object.object_code, 'objects, label by label',
            pg_catalog.jsonb_build_array('object', 'verdict', 'title', 'label', 'topic by rule', 'topic as reviewed'),
            pg_catalog.jsonb_build_array(object.object_code, object.verdict, coalesce(object.title, ''), coalesce(object.label, ''),
                coalesce(object.projected_topic, 'none'), coalesce(object.reviewed_topic, 'none'))
        FROM object
    )
    SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('title', line.title, 'headings', line.headings, 'cells', line.cells)
        ORDER BY line.place, line.sorted COLLATE "C")
    INTO answer
    FROM line;
    PERFORM pg_catalog.set_config('oneroof.alignment', answer::text, true);
END
$oneroof$;
SELECT line.entry ->> 'title' AS title, (line.entry -> 'headings')::text AS headings, (line.entry -> 'cells')::text AS cells
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.alignment')::jsonb) WITH ORDINALITY AS line (entry, place)
ORDER BY line.place;
