-- absent: nothing of the tier is there. applied: exactly what was shipped. altered: neither, with the first difference.
WITH wing (class_code, objects) AS (
    VALUES
        ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
        ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
        ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
        ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
        ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
), shipped (words) AS (
    SELECT 'oneroof_containment_node (ONE-ROOF,roof,)'
    UNION ALL
    SELECT pg_catalog.format('oneroof_containment_node (WING-%s,wing,%s)', wing.class_code, wing.class_code)
    FROM wing
    UNION ALL
    SELECT pg_catalog.format('oneroof_containment_edge (WING-%s,wing,ONE-ROOF,roof)', wing.class_code)
    FROM wing
    UNION ALL
    SELECT pg_catalog.format('oneroof_containment_node (%s,object,%s)', object.code, wing.class_code)
    FROM wing
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
    UNION ALL
    SELECT pg_catalog.format('oneroof_containment_edge (%s,object,WING-%s,wing)', object.code, wing.class_code)
    FROM wing
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
), live (words) AS (
    SELECT 'oneroof_containment_node ' || ROW(node.node_code, node.node_kind, node.class_code)::text
    FROM public.oneroof_containment_node AS node
    UNION ALL
    SELECT 'oneroof_containment_edge ' || ROW(edge.child_code, edge.child_kind, edge.parent_code, edge.parent_kind)::text
    FROM public.oneroof_containment_edge AS edge
), difference AS (
    SELECT pg_catalog.concat_ws('; ',
        (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
        (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
    WHEN difference.words = '' THEN 'applied'
    ELSE 'altered: ' || difference.words
END
FROM difference
