-- expected: 41 of 41
-- hint: Every node must reach the roof; compare v_oneroof_containment_path with oneroof_containment_node.
SELECT pg_catalog.format('%s of %s',
    (SELECT pg_catalog.count(DISTINCT path.node_code) FROM public.v_oneroof_containment_path AS path),
    (SELECT pg_catalog.count(*) FROM public.oneroof_containment_node))
