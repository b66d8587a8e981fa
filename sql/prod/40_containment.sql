-- One-Roof Governance Phase 1, tier 4: containment.
--
-- Puts everything under one roof: a wing for each class, every governed object in the wing of its class.
-- Gated: needs the database directus, an open gate and the ratified APR code in the setting oneroof.ratified_apr.
-- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=APR-..').
-- Writes: oneroof_containment_node, oneroof_containment_edge.
-- Undo: prod_rollback/40_containment.sql
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (1, 'gate', 'public.os_proposal_approvals', 'SHARE'),
                (2, 'target', 'public.oneroof_containment_edge', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_containment_node', 'SHARE ROW EXCLUSIVE'),
                (3, 'seam', 'public.v_governance_object_inventory', 'SHARE'),
                (3, 'seam', 'public.v_governance_scope', 'SHARE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:check standing.1
-- oneroof:check standing.2
-- oneroof:check standing.3
-- oneroof:check standing.4.2
-- oneroof:check inventory
-- oneroof:check scopes
-- oneroof:check reference.classes
-- oneroof:check reference.objects
-- oneroof:check ownership
-- oneroof:check gap
-- oneroof:check conflict
-- oneroof:check gov_emit
-- oneroof:check event_types_active
-- oneroof:used
-- oneroof:body
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

-- What lies where follows from kind and class: wings under the roof, objects in the wing of their class.
INSERT INTO public.oneroof_containment_edge (child_code, child_kind, parent_code, parent_kind)
SELECT child.node_code, child.node_kind, parent.node_code, parent.node_kind
FROM public.oneroof_containment_node AS child
JOIN public.oneroof_containment_node AS parent
    ON (child.node_kind = 'wing' AND parent.node_kind = 'roof')
    OR (child.node_kind = 'object' AND parent.node_kind = 'wing' AND parent.class_code = child.class_code);

ANALYZE public.oneroof_containment_node, public.oneroof_containment_edge;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check nodes
-- oneroof:check edges
-- oneroof:check containment_gap
-- oneroof:check containment_cycle
-- oneroof:check multi_parent
-- oneroof:check reach_roof
-- oneroof:check standing.4
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
