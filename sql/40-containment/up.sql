-- Puts everything under one roof: a wing for each class, and every governed object in the wing of its class.

INSERT INTO public.oneroof_containment_node (node_code, node_kind, class_code) VALUES
    ('ONE-ROOF', 'roof', NULL),
    ('WING-LAW', 'wing', 'LAW'),
    ('WING-PROC', 'wing', 'PROC'),
    ('WING-DATA', 'wing', 'DATA'),
    ('WING-SVC', 'wing', 'SVC'),
    ('WING-ROLE', 'wing', 'ROLE'),
    ('GOV-LAW-01', 'object', 'LAW'),
    ('GOV-LAW-02', 'object', 'LAW'),
    ('GOV-LAW-03', 'object', 'LAW'),
    ('GOV-LAW-04', 'object', 'LAW'),
    ('GOV-LAW-05', 'object', 'LAW'),
    ('GOV-LAW-06', 'object', 'LAW'),
    ('GOV-LAW-07', 'object', 'LAW'),
    ('GOV-LAW-08', 'object', 'LAW'),
    ('GOV-PROC-01', 'object', 'PROC'),
    ('GOV-PROC-02', 'object', 'PROC'),
    ('GOV-PROC-03', 'object', 'PROC'),
    ('GOV-PROC-04', 'object', 'PROC'),
    ('GOV-PROC-05', 'object', 'PROC'),
    ('GOV-PROC-06', 'object', 'PROC'),
    ('GOV-PROC-07', 'object', 'PROC'),
    ('GOV-DATA-01', 'object', 'DATA'),
    ('GOV-DATA-02', 'object', 'DATA'),
    ('GOV-DATA-03', 'object', 'DATA'),
    ('GOV-DATA-04', 'object', 'DATA'),
    ('GOV-DATA-05', 'object', 'DATA'),
    ('GOV-DATA-06', 'object', 'DATA'),
    ('GOV-DATA-07', 'object', 'DATA'),
    ('GOV-DATA-08', 'object', 'DATA'),
    ('GOV-DATA-09', 'object', 'DATA'),
    ('GOV-SVC-01', 'object', 'SVC'),
    ('GOV-SVC-02', 'object', 'SVC'),
    ('GOV-SVC-03', 'object', 'SVC'),
    ('GOV-SVC-04', 'object', 'SVC'),
    ('GOV-SVC-05', 'object', 'SVC'),
    ('GOV-SVC-06', 'object', 'SVC'),
    ('GOV-ROLE-01', 'object', 'ROLE'),
    ('GOV-ROLE-02', 'object', 'ROLE'),
    ('GOV-ROLE-03', 'object', 'ROLE'),
    ('GOV-ROLE-04', 'object', 'ROLE'),
    ('GOV-ROLE-05', 'object', 'ROLE');

-- Kind and class of a node determine its parent: wings are under the roof, and objects are in the wing of their class.
INSERT INTO public.oneroof_containment_edge (child_code, child_kind, parent_code, parent_kind)
SELECT child.node_code, child.node_kind, parent.node_code, parent.node_kind
FROM public.oneroof_containment_node AS child
JOIN public.oneroof_containment_node AS parent
    ON (child.node_kind = 'wing' AND parent.node_kind = 'roof')
    OR (child.node_kind = 'object' AND parent.node_kind = 'wing' AND parent.class_code = child.class_code);

ANALYZE public.oneroof_containment_node, public.oneroof_containment_edge;
