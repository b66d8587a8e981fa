                ('emittable', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_emittable$q$,
                    'No finding may become an event in this phase; look at v_oneroof_scan_emittable.')
