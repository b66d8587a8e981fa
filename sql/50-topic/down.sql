-- Deletes exactly the rows that the tier wrote. If somebody changed one of them or added a row, the rollback stops,
-- names that row, and changes nothing.

DELETE FROM public.oneroof_topic_assignment AS assignment
WHERE assignment.topic_code IN ('constitution', 'lifecycle', 'knowledge', 'audit', 'operations', 'integration', 'identity');
DELETE FROM public.oneroof_topic_label_rule AS rule
WHERE rule.label_pattern IN ('data/audit%', 'svc/bridge%', 'law/%', 'proc/%', 'data/%', 'svc/%', 'role/%');
DELETE FROM public.oneroof_topic AS topic
WHERE topic.topic_code IN ('constitution', 'lifecycle', 'knowledge', 'audit', 'operations', 'integration', 'identity');
