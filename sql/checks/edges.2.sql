                ('edges', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_containment_edge$q$,
                    'Look at public.oneroof_containment_edge: the tier did not end as it must, so nothing of it was kept.')
