-- expected: 0
-- hint: Look at public.v_oneroof_topic_projection_pending: it lists objects whose label matches no rule, or that have no topic. Correct the label in the application, or review the release again.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_projection_pending
