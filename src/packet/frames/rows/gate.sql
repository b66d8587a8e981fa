                ('gate',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '{{clone_pattern}}' THEN 'warning'
                        ELSE 'error'
                    END,
                    '>= 1',
                    $q$SELECT pg_catalog.count(*)::text FROM {{table}}$q$,
                    'The gate is closed. {{human_step}}')
