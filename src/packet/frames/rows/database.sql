                ('database', 'error',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN '{{database}}'
                        WHEN pg_catalog.current_database() ~ '{{clone_pattern}}' THEN pg_catalog.current_database()::text
                        ELSE '{{clone_form}}'
                    END,
                    $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database {{database}}; only a clone named {{clone_form}} may stand in for it, in clone mode.')
