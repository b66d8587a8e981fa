-- expected: 0
-- hint: An object has no matching rule or no topic; look at v_oneroof_topic_projection_pending.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_projection_pending
