                ('scan_runs', 'error', '1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_run$q$,
                    'Look at public.oneroof_scan_run: the tier did not end as it must, so nothing of it was kept.')
