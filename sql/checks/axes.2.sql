                ('axes', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_axis$q$,
                    'Look at public.oneroof_axis: the tier did not end as it must, so nothing of it was kept.')
