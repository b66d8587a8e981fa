-- expected: 40
-- hint: Look at public.oneroof_containment_edge: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.count(*)::text FROM public.oneroof_containment_edge
