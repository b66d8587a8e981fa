                ('containment_cycle', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_containment_cycle$q$,
                    'Look at public.v_oneroof_containment_cycle: the tier did not end as it must, so nothing of it was kept.')
