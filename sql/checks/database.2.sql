                ('database', 'error', 'directus', $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus.')
