-- expected: 7
-- hint: Look at public.oneroof_topic_label_rule: the tier did not end as it must, so nothing of it was kept.
SELECT pg_catalog.count(*)::text FROM public.oneroof_topic_label_rule
