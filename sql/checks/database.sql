                ('database', 'error',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN 'directus'
                        WHEN pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN pg_catalog.current_database()::text
                        ELSE 'directus_gov_test_YYYYMMDD'
                    END,
                    $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus; only a clone named directus_gov_test_YYYYMMDD may stand in for it, in clone mode.')
