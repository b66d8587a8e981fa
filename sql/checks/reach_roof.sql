-- expected: 41 of 41
-- hint: Compare public.v_oneroof_containment_path with public.oneroof_containment_node: a node is in no path. oneroof status names the edge that is missing.
SELECT pg_catalog.format('%s of %s',
    (SELECT pg_catalog.count(DISTINCT path.node_code) FROM public.v_oneroof_containment_path AS path),
    (SELECT pg_catalog.count(*) FROM public.oneroof_containment_node))
