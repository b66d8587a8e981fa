                ('shadow.schema', 'error', 'absent',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('oneroof_shadow') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'A shadow is there already: oneroof shadow drop comes first.')
