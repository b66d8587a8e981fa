                ('shadow.schema', 'error', 'there',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('oneroof_shadow') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'The shadow did not come to stand, so nothing was kept.')
