                ('assignments', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_topic_assignment$q$,
                    'Look at public.oneroof_topic_assignment: the tier did not end as it must, so nothing of it was kept.')
