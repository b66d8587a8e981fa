                ('bindings', 'error', '30',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_axis_binding$q$,
                    'Look at public.oneroof_axis_binding: the tier did not end as it must, so nothing of it was kept.')
