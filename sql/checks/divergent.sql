                ('divergent', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_topic_divergent$q$,
                    'The label rules and the review disagree; look at v_oneroof_topic_divergent.')
