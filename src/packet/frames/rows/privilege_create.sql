                ('privilege.create', 'error', 'yes',
                    $q$SELECT CASE WHEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') THEN 'yes' ELSE 'no' END$q$,
                    'The owner of the database grants CREATE on it to this role.')
