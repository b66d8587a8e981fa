                ('shadow.schema', 'error', '{{expected}}',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('{{schema}}') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'oneroof shadow deploy makes the schema {{schema}}, and oneroof shadow drop removes it.')
