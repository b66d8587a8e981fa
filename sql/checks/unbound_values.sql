-- expected: 1
-- hint: Only L1 stays unbound; look at v_oneroof_axis_unbound_value.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_axis_unbound_value
