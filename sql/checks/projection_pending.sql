-- expected: 0
-- hint: An object waits for a rule or a topic; look at v_oneroof_topic_projection_pending.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_projection_pending
