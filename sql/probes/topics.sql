-- Topics: the reviewed assignments for the person who confirms them, the objects that each label rule matches, and every difference.
-- It only reads. Run it on any day after the release: psql -X -d directus -f sql/prod_verify/topics.sql

SELECT assignment.topic_code, assignment.object_code, assignment.title, assignment.label
FROM public.v_oneroof_topic_assignment AS assignment
JOIN public.oneroof_topic AS topic ON topic.topic_code = assignment.topic_code
ORDER BY topic.ordinal, assignment.object_code;

SELECT alignment.priority, alignment.label_pattern, alignment.topic_code, alignment.projected, alignment.confirmed
FROM public.v_oneroof_label_rule_alignment AS alignment
ORDER BY alignment.priority;

-- The next two queries must return no row.
SELECT divergent.object_code, divergent.assigned_topic, divergent.projected_topic
FROM public.v_oneroof_topic_divergent AS divergent
ORDER BY divergent.object_code;

SELECT pending.object_code, pending.label, pending.reason
FROM public.v_oneroof_topic_projection_pending AS pending
ORDER BY pending.object_code;
