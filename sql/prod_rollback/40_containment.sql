-- One-Roof Governance Phase 1, rollback of tier 4: containment.
--
-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: oneroof_containment_node, oneroof_containment_edge.
-- Undo: apply the tier again.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (2, 'target', 'public.oneroof_containment_edge', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_containment_node', 'SHARE ROW EXCLUSIVE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check higher_tiers.4
-- oneroof:check standing.4
-- oneroof:used
-- oneroof:body
DELETE FROM public.oneroof_containment_edge AS edge
WHERE edge.parent_code IN ('ONE-ROOF', 'WING-LAW', 'WING-PROC', 'WING-DATA', 'WING-SVC', 'WING-ROLE');
DELETE FROM public.oneroof_containment_node AS node
WHERE node.node_kind = 'roof' OR node.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE');
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check edges.2
-- oneroof:check nodes.2
-- oneroof:check standing.4.2
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
