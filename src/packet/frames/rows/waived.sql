CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '{{clone_pattern}}' THEN 'warning'
                        ELSE 'error'
                    END
