                ('nodes', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_containment_node$q$,
                    'Look at public.oneroof_containment_node: the tier did not end as it must, so nothing of it was kept.')
