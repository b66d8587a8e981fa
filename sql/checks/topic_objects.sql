-- expected: constitution 8, lifecycle 7, knowledge 8, audit 1, operations 5, integration 1, identity 5
-- hint: The numbers of objects differ from the reviewed ones. public.v_oneroof_topic_assignment shows the topic of each object.
SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', coverage.topic_code, coverage.objects), ', ' ORDER BY coverage.ordinal)
FROM public.v_oneroof_topic_coverage AS coverage
