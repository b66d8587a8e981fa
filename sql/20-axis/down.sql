-- Deletes exactly the rows that the tier wrote. If somebody changed one of them or added a row, the rollback stops,
-- names that row, and changes nothing.

DELETE FROM public.oneroof_axis_binding AS binding
WHERE binding.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE')
    AND binding.scope_code IN ('define', 'approve', 'operate', 'observe', 'remediate', 'retire');
DELETE FROM public.oneroof_axis_value AS held
WHERE held.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
DELETE FROM public.oneroof_axis AS axis
WHERE axis.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
