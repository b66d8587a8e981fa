                ('conflict', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_conflict$q$,
                    'Look at v_governance_ownership_conflict: whoever governs the objects settles it.')
