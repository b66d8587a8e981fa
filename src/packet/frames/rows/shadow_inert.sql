                ('shadow.inert', 'error', 'inert',
                    $q$
                        SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'inert' ELSE pg_catalog.string_agg(g.tgname::text, ', ') END
                        FROM pg_catalog.pg_trigger AS g
                        JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid AND c.relnamespace = '{{schema}}'::pg_catalog.regnamespace
                        WHERE NOT g.tgisinternal
                    $q$,
                    'Whoever made the trigger drops it: nothing in the schema {{schema}} may set anything off.')
