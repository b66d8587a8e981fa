-- expected: 7
-- hint: Look at public.oneroof_topic: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_topic
