                ('topics', 'error', '7',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_topic$q$,
                    'Look at public.oneroof_topic: the tier did not end as it must, so nothing of it was kept.')
