                ('ownership', 'error', '30',
                    $q$SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership$q$,
                    'Ownership must stand as the release expects it: look who wrote the rows, by created_by.')
