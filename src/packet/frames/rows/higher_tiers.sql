                ('higher_tiers', 'error', 'none',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(held.name, ', ' ORDER BY held.tier DESC), 'none')
                        FROM (
{{present}}
                        ) AS held
                    $q$,
                    'Roll back the higher tiers first, from the top down.')
