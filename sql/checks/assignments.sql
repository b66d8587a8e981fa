-- expected: 35
-- hint: Look at public.oneroof_topic_assignment: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.count(*)::text FROM public.oneroof_topic_assignment
