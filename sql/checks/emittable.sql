-- expected: 0
-- hint: Look at public.v_oneroof_scan_emittable: no finding may become an event. Find out who set emittable in public.oneroof_scan_rule.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_emittable
