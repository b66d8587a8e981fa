-- expected: 0
-- hint: No finding may become an event in this phase; look at v_oneroof_scan_emittable.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_emittable
