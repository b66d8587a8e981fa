-- expected: 40
-- hint: Look at public.oneroof_containment_edge: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_containment_edge
