                ('scan_rules', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_rule$q$,
                    'Look at public.oneroof_scan_rule: the tier did not end as it must, so nothing of it was kept.')
