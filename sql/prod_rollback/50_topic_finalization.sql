-- One-Roof Governance Phase 1, rollback of tier 5: topic.
--
-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: oneroof_topic, oneroof_topic_label_rule, oneroof_topic_assignment.
-- Undo: apply the tier again.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (2, 'target', 'public.oneroof_topic', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_topic_assignment', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_topic_label_rule', 'SHARE ROW EXCLUSIVE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check higher_tiers.5
-- oneroof:check standing.5
-- oneroof:used
-- oneroof:body
DELETE FROM public.oneroof_topic_assignment AS assignment
WHERE assignment.topic_code IN ('constitution', 'lifecycle', 'knowledge', 'audit', 'operations', 'integration', 'identity');
DELETE FROM public.oneroof_topic_label_rule AS rule
WHERE rule.label_pattern IN ('data/audit%', 'svc/bridge%', 'law/%', 'proc/%', 'data/%', 'svc/%', 'role/%');
DELETE FROM public.oneroof_topic AS topic
WHERE topic.topic_code IN ('constitution', 'lifecycle', 'knowledge', 'audit', 'operations', 'integration', 'identity');
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check assignments.2
-- oneroof:check label_rules.2
-- oneroof:check topics.2
-- oneroof:check standing.5.2
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
