-- Records who is responsible for what: 3 axes, 15 values, 30 bindings of a class and a scope to a level of authority.

INSERT INTO public.oneroof_axis (axis_code, ordinal, title) VALUES
    ('AUTHORITY', 1, 'Authority'),
    ('SCOPE', 2, 'Scope'),
    ('CLASS', 3, 'Class');

-- A level with an owner_ref can be bound. L1, the member, owns nothing and has no binding.
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

-- The matrix as it was ratified: one row for each class, one column for each scope.
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
