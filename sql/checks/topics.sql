-- expected: 7
-- hint: Look at public.oneroof_topic: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_topic
