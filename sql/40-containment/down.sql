-- Deletes exactly the rows that the tier wrote. If somebody changed one of them or added a row, the rollback stops,
-- names that row, and changes nothing.

DELETE FROM public.oneroof_containment_edge AS edge
WHERE edge.parent_code IN ('ONE-ROOF', 'WING-LAW', 'WING-PROC', 'WING-DATA', 'WING-SVC', 'WING-ROLE');
DELETE FROM public.oneroof_containment_node AS node
WHERE node.node_kind = 'roof' OR node.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE');
