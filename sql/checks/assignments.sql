-- expected: 35
-- hint: Look at public.oneroof_topic_assignment: it does not have the expected number of rows.
SELECT pg_catalog.count(*)::text FROM public.oneroof_topic_assignment
