-- All figures of the release with their expected values, one row for each. It only reads. Run it on any day after the release:
-- psql -X -d directus -f sql/prod_verify/figures.sql. If a figure differs, the probe for its subject in the same folder shows more.

SELECT figure.name, figure.actual, figure.expected, figure.actual IS NOT DISTINCT FROM figure.expected AS ok
FROM public.v_oneroof_roof_status AS roof
CROSS JOIN LATERAL (
    VALUES
        (1, 'inventory', roof.inventory, 35),
        (2, 'scopes', roof.scopes, 6),
        (3, 'owners_direct', roof.owners_direct, 30),
        (4, 'owners_inherited', roof.owners_inherited, 210),
        (5, 'gap', roof.gap, 0),
        (6, 'coverage_pct', roof.coverage_pct, 100),
        (7, 'conflict', roof.conflict, 0),
        (8, 'gov_emit', roof.gov_emit, 0),
        (9, 'bindings', roof.bindings, 30),
        (10, 'unbound_values', roof.unbound_values, 1),
        (11, 'axis_conflict', roof.axis_conflict, 0),
        (12, 'nodes', roof.nodes, 41),
        (13, 'edges', roof.edges, 40),
        (14, 'containment_gap', roof.containment_gap, 0),
        (15, 'containment_cycle', roof.containment_cycle, 0),
        (16, 'topics', roof.topics, 7),
        (17, 'assignments', roof.assignments, 35),
        (18, 'divergent', roof.divergent, 0),
        (19, 'projection_pending', roof.projection_pending, 0),
        (20, 'findings', roof.findings, 38),
        (21, 'emittable', roof.emittable, 0)
) AS figure (place, name, actual, expected)
ORDER BY figure.place;
