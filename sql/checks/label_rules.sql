                ('label_rules', 'error', '7',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_topic_label_rule$q$,
                    'Look at public.oneroof_topic_label_rule: the tier did not end as it must, so nothing of it was kept.')
