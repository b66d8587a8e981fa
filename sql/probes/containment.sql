-- Containment: the tree from the roof down, and every object that is not in it. It only reads. Run it on any day after the release:
-- psql -X -d directus -f sql/prod_verify/containment.sql

SELECT depth.depth, depth.node_kind, pg_catalog.count(*) AS nodes
FROM public.v_oneroof_containment_depth AS depth
GROUP BY depth.depth, depth.node_kind
ORDER BY depth.depth;

SELECT pg_catalog.array_to_string(path.path, ' / ') AS path
FROM public.v_oneroof_containment_path AS path
ORDER BY path.path;

-- The next three queries must return no row.
SELECT gap.object_code, gap.class_code, gap.reason
FROM public.v_oneroof_containment_gap AS gap
ORDER BY gap.object_code;

SELECT cycle.node_code
FROM public.v_oneroof_containment_cycle AS cycle
ORDER BY cycle.node_code;

SELECT crowded.node_code, crowded.parents
FROM public.v_oneroof_containment_multi_parent AS crowded
ORDER BY crowded.node_code;
