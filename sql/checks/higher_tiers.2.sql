                ('higher_tiers', 'error', 'none',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(held.name, ', ' ORDER BY held.tier DESC), 'none')
                        FROM (
                            SELECT 6 AS tier, '6 scanner' AS name WHERE EXISTS (SELECT FROM public.oneroof_scan_rule) OR EXISTS (SELECT FROM public.oneroof_scan_run) OR EXISTS (SELECT FROM public.oneroof_scan_finding)
                            UNION ALL
                            SELECT 5 AS tier, '5 topic' AS name WHERE EXISTS (SELECT FROM public.oneroof_topic) OR EXISTS (SELECT FROM public.oneroof_topic_label_rule) OR EXISTS (SELECT FROM public.oneroof_topic_assignment)
                            UNION ALL
                            SELECT 4 AS tier, '4 containment' AS name WHERE EXISTS (SELECT FROM public.oneroof_containment_node) OR EXISTS (SELECT FROM public.oneroof_containment_edge)
                            UNION ALL
                            SELECT 3 AS tier, '3 ownership' AS name WHERE EXISTS (SELECT FROM public.governance_object_ownership AS owned WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT')
                        ) AS held
                    $q$,
                    'Roll back the higher tiers first, from the top down.')
