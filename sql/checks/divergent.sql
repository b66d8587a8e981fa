-- expected: 0
-- hint: The label rules and the review disagree; look at v_oneroof_topic_divergent.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_divergent
