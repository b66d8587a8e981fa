                ('multi_parent', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_containment_multi_parent$q$,
                    'Look at public.v_oneroof_containment_multi_parent: the tier did not end as it must, so nothing of it was kept.')
