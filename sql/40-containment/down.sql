-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.

DELETE FROM public.oneroof_containment_edge AS edge
WHERE edge.parent_code IN ('ONE-ROOF', 'WING-LAW', 'WING-PROC', 'WING-DATA', 'WING-SVC', 'WING-ROLE');
DELETE FROM public.oneroof_containment_node AS node
WHERE node.node_kind = 'roof' OR node.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE');
