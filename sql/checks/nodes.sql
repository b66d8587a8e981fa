-- expected: 41 = 1 roof + 5 wings + 35 objects
-- hint: Look at public.oneroof_containment_node: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.format('%s = %s roof + %s wings + %s objects', pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE node.node_kind = 'roof'),
    pg_catalog.count(*) FILTER (WHERE node.node_kind = 'wing'),
    pg_catalog.count(*) FILTER (WHERE node.node_kind = 'object'))
FROM public.oneroof_containment_node AS node
