-- One-Roof Governance Phase 1, tier 2: responsibility axis.
--
-- Writes down who answers for what: 3 axes, 15 values, 30 bindings of class and scope to a level of authority.
-- Gated: needs the database directus, an open gate and the ratified APR code in the setting oneroof.ratified_apr.
-- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=APR-..').
-- Writes: oneroof_axis, oneroof_axis_value, oneroof_axis_binding.
-- Undo: prod_rollback/20_responsibility_axis.sql
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (1, 'gate', 'public.os_proposal_approvals', 'SHARE'),
                (2, 'target', 'public.oneroof_axis', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_axis_binding', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_axis_value', 'SHARE ROW EXCLUSIVE'),
                (3, 'seam', 'public.v_governance_object_inventory', 'SHARE'),
                (3, 'seam', 'public.v_governance_scope', 'SHARE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:check standing.1
-- oneroof:check standing.2.2
-- oneroof:check inventory
-- oneroof:check scopes
-- oneroof:check reference.classes
-- oneroof:check reference.scopes
-- oneroof:check ownership.2
-- oneroof:check gap.2
-- oneroof:check conflict
-- oneroof:check gov_emit
-- oneroof:check event_types_active
-- oneroof:check ownership_triggers
-- oneroof:used
-- oneroof:body
INSERT INTO public.oneroof_axis (axis_code, ordinal, title) VALUES
    ('AUTHORITY', 1, 'Authority'),
    ('SCOPE', 2, 'Scope'),
    ('CLASS', 3, 'Class');

-- A level with an owner_ref can be bound. L1, the member, owns nothing and stays unbound.
INSERT INTO public.oneroof_axis_value (axis_code, value_code, ordinal, title, owner_ref) VALUES
    ('AUTHORITY', 'L1', 1, 'Member', NULL),
    ('AUTHORITY', 'L2', 2, 'Council', 'L2-COUNCIL'),
    ('AUTHORITY', 'L3', 3, 'Steward', 'L3-STEWARD'),
    ('AUTHORITY', 'L4', 4, 'President', 'L4-PRESIDENT'),
    ('SCOPE', 'define', 1, 'Define', NULL),
    ('SCOPE', 'approve', 2, 'Approve', NULL),
    ('SCOPE', 'operate', 3, 'Operate', NULL),
    ('SCOPE', 'observe', 4, 'Observe', NULL),
    ('SCOPE', 'remediate', 5, 'Remediate', NULL),
    ('SCOPE', 'retire', 6, 'Retire', NULL),
    ('CLASS', 'LAW', 1, 'Law', NULL),
    ('CLASS', 'PROC', 2, 'Process', NULL),
    ('CLASS', 'DATA', 3, 'Data', NULL),
    ('CLASS', 'SVC', 4, 'Service', NULL),
    ('CLASS', 'ROLE', 5, 'Role', NULL);

-- The matrix as it was ratified: a row a class, a column a scope.
INSERT INTO public.oneroof_axis_binding (class_code, scope_code, authority_code)
SELECT matrix.class_code, bound.scope_code, bound.authority_code
FROM (VALUES
    --       define approve operate observe remediate retire
    ('LAW',  'L4',  'L4',   'L2',   'L2',   'L3',     'L4'),
    ('PROC', 'L3',  'L4',   'L2',   'L2',   'L2',     'L3'),
    ('DATA', 'L2',  'L3',   'L2',   'L2',   'L2',     'L3'),
    ('SVC',  'L2',  'L3',   'L2',   'L2',   'L2',     'L3'),
    ('ROLE', 'L3',  'L4',   'L2',   'L2',   'L3',     'L4')
) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
CROSS JOIN LATERAL (VALUES
    ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
    ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
) AS bound (scope_code, authority_code);

ANALYZE public.oneroof_axis, public.oneroof_axis_value, public.oneroof_axis_binding;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check axes
-- oneroof:check axis_values
-- oneroof:check bindings
-- oneroof:check bound_once
-- oneroof:check axis_conflict
-- oneroof:check unbound_values
-- oneroof:check ownership.2
-- oneroof:check gap.2
-- oneroof:check standing.2
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
