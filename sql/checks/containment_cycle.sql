-- expected: 0
-- hint: Look at public.v_oneroof_containment_cycle, which must be empty: it lists nodes that contain themselves. oneroof status names the edge that was changed.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_containment_cycle
