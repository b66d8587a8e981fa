-- expected: 0
-- hint: Look at public.v_oneroof_topic_divergent: it lists objects whose label gives another topic than the reviewed one. Correct the label in the application, or review the release again.
SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_divergent
