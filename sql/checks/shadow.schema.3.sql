                ('shadow.schema', 'error', 'there',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('oneroof_shadow') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'There is no shadow to remove.')
