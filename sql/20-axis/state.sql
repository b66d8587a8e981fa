-- absent: nothing of the tier is there. applied: exactly what was shipped. altered: neither, with the first difference.
WITH shipped (words) AS (
    SELECT 'oneroof_axis ' || axis::text
    FROM (VALUES ('AUTHORITY', 1, 'Authority'), ('SCOPE', 2, 'Scope'), ('CLASS', 3, 'Class')) AS axis
    UNION ALL
    SELECT 'oneroof_axis_value ' || axis_value::text
    FROM (VALUES
        ('AUTHORITY', 'L1', 1, 'Member', NULL), ('AUTHORITY', 'L2', 2, 'Council', 'L2-COUNCIL'),
        ('AUTHORITY', 'L3', 3, 'Steward', 'L3-STEWARD'), ('AUTHORITY', 'L4', 4, 'President', 'L4-PRESIDENT'),
        ('SCOPE', 'define', 1, 'Define', NULL), ('SCOPE', 'approve', 2, 'Approve', NULL), ('SCOPE', 'operate', 3, 'Operate', NULL),
        ('SCOPE', 'observe', 4, 'Observe', NULL), ('SCOPE', 'remediate', 5, 'Remediate', NULL), ('SCOPE', 'retire', 6, 'Retire', NULL),
        ('CLASS', 'LAW', 1, 'Law', NULL), ('CLASS', 'PROC', 2, 'Process', NULL), ('CLASS', 'DATA', 3, 'Data', NULL),
        ('CLASS', 'SVC', 4, 'Service', NULL), ('CLASS', 'ROLE', 5, 'Role', NULL)
    ) AS axis_value
    UNION ALL
    SELECT 'oneroof_axis_binding ' || ROW(matrix.class_code, bound.scope_code, bound.authority_code, 'CLASS', 'SCOPE', 'AUTHORITY')::text
    FROM (VALUES
        ('LAW', 'L4', 'L4', 'L2', 'L2', 'L3', 'L4'),
        ('PROC', 'L3', 'L4', 'L2', 'L2', 'L2', 'L3'),
        ('DATA', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
        ('SVC', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
        ('ROLE', 'L3', 'L4', 'L2', 'L2', 'L3', 'L4')
    ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
    CROSS JOIN LATERAL (VALUES
        ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
        ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
    ) AS bound (scope_code, authority_code)
), live (words) AS (
    SELECT 'oneroof_axis ' || ROW(axis.axis_code, axis.ordinal, axis.title)::text
    FROM public.oneroof_axis AS axis
    UNION ALL
    SELECT 'oneroof_axis_value ' || ROW(held.axis_code, held.value_code, held.ordinal, held.title, held.owner_ref)::text
    FROM public.oneroof_axis_value AS held
    UNION ALL
    SELECT 'oneroof_axis_binding ' || ROW(binding.class_code, binding.scope_code, binding.authority_code,
        binding.class_axis, binding.scope_axis, binding.authority_axis)::text
    FROM public.oneroof_axis_binding AS binding
), difference AS (
    SELECT pg_catalog.concat_ws('; ',
        (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
        (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
    WHEN difference.words = '' THEN 'applied'
    ELSE 'altered: ' || difference.words
END
FROM difference
