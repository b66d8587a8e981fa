                ('state_rows', 'error', (SELECT pg_catalog.count(DISTINCT inventory.class_code)::text FROM public.v_governance_object_inventory AS inventory),
                    $q$
                        SELECT pg_catalog.count(*)::text
                        FROM public.candidate_scan_state AS kept
                        WHERE EXISTS (
                            SELECT FROM public.v_governance_object_inventory AS inventory
                            WHERE inventory.class_code::text = kept.class_code::text
                            HAVING pg_catalog.count(*) = kept.objects)
                    $q$,
                    'One row a class, with its number of objects; the scan did not end as it must, so nothing of it was kept.')
