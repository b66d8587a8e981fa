                ('higher_tiers', 'error', 'none',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(held.name, ', ' ORDER BY held.tier DESC), 'none')
                        FROM (
                            SELECT 6 AS tier, '6 scanner' AS name WHERE EXISTS (SELECT FROM public.oneroof_scan_rule) OR EXISTS (SELECT FROM public.oneroof_scan_run) OR EXISTS (SELECT FROM public.oneroof_scan_finding)
                            UNION ALL
                            SELECT 5 AS tier, '5 topic' AS name WHERE EXISTS (SELECT FROM public.oneroof_topic) OR EXISTS (SELECT FROM public.oneroof_topic_label_rule) OR EXISTS (SELECT FROM public.oneroof_topic_assignment)
                        ) AS held
                    $q$,
                    'Roll back the higher tiers first, from the top down.')
