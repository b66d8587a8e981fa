                ('public_execute', 'error', 'revoked',
                    $q$
                        SELECT CASE
                            WHEN pg_catalog.has_function_privilege('public', 'public.fn_oneroof_scan(text, text)', 'EXECUTE') THEN 'granted'
                            ELSE 'revoked'
                        END
                    $q$,
                    'Default privileges give EXECUTE to everybody; whoever set them must take that back.')
