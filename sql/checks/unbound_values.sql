                ('unbound_values', 'error', '1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_axis_unbound_value$q$,
                    'Only L1 stays unbound; look at v_oneroof_axis_unbound_value.')
