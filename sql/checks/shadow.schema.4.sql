                ('shadow.schema', 'error', 'absent',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('oneroof_shadow') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'The shadow was not removed, so nothing was changed.')
