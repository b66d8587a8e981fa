                ('axis_values', 'error', '15',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_value$q$,
                    'Look at public.oneroof_axis_value: the tier did not end as it must, so nothing of it was kept.')
