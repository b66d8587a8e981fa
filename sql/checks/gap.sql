                ('gap', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_gap$q$,
                    'Look at v_governance_ownership_gap: the pairs of object and scope without an owner are not as expected.')
