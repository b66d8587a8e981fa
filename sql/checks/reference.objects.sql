-- expected: as reviewed
-- hint: Look at public.v_governance_object_inventory: the objects are not those that a person reviewed. The release must be reviewed again.
WITH reviewed AS (
    SELECT wing.class_code, object.code AS object_code
    FROM (VALUES
        ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
        ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
        ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
        ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
        ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ) AS wing (class_code, objects)
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
), live AS (
    SELECT inventory.class_code::text COLLATE "C" AS class_code, inventory.object_code::text COLLATE "C" AS object_code
    FROM public.v_governance_object_inventory AS inventory
), difference AS (
    SELECT pg_catalog.format('%s of class %s is not in production', missing.object_code, missing.class_code) AS words
    FROM (TABLE reviewed EXCEPT ALL TABLE live) AS missing
    UNION ALL
    SELECT pg_catalog.format('%s of class %s was not reviewed', added.object_code, added.class_code)
    FROM (TABLE live EXCEPT ALL TABLE reviewed) AS added
)
SELECT coalesce(pg_catalog.string_agg(difference.words, '; ' ORDER BY difference.words COLLATE "C"), 'as reviewed')
FROM difference
