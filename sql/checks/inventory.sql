                ('inventory', 'error', '35',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_object_inventory$q$,
                    'The release was reviewed for 35 governed objects; with others it must be reviewed again.')
