                ('containment_gap', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_containment_gap$q$,
                    'Look at public.v_oneroof_containment_gap: the tier did not end as it must, so nothing of it was kept.')
