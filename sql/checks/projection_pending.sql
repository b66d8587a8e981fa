                ('projection_pending', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_projection_pending$q$,
                    'An object waits for a rule or a topic; look at v_oneroof_topic_projection_pending.')
