-- expected: 1
-- hint: Only the value L1 of the axis AUTHORITY may be without a binding. public.v_oneroof_axis_unbound_value lists the values without one.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_axis_unbound_value
