                ('reach_roof', 'error', '41 of 41',
                    $q$
                        SELECT pg_catalog.format('%s of %s',
                            (SELECT pg_catalog.count(DISTINCT path.node_code) FROM public.v_oneroof_containment_path AS path),
                            (SELECT pg_catalog.count(*) FROM public.oneroof_containment_node))
                    $q$,
                    'Every node must reach the roof; compare v_oneroof_containment_path with oneroof_containment_node.')
