-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.

DELETE FROM public.oneroof_axis_binding AS binding
WHERE binding.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE')
    AND binding.scope_code IN ('define', 'approve', 'operate', 'observe', 'remediate', 'retire');
DELETE FROM public.oneroof_axis_value AS held
WHERE held.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
DELETE FROM public.oneroof_axis AS axis
WHERE axis.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
