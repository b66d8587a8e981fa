-- expected: none of the new tables
-- warning
-- hint: These publications include every new table. A subscriber stops at the first row of a table that it does not have, and a rollback does not start it again. Before the release, the owner of each subscriber creates the new tables there. Or the owner of the publication names its tables one by one.
SELECT coalesce(pg_catalog.string_agg(listed.words, ', ' ORDER BY listed.words), 'none of the new tables')
FROM (
    SELECT p.pubname || ' (all tables)' AS words FROM pg_catalog.pg_publication AS p WHERE p.puballtables
    UNION ALL
    -- From PostgreSQL 15 on, a publication may include a schema. Older servers have no catalog for this, so pg_depend gives the schemas.
    SELECT pg_catalog.format('%s (schema %s)', p.pubname, made.schema)
    FROM pg_catalog.pg_publication AS p
    CROSS JOIN (VALUES {{made_in}}) AS made (schema)
    WHERE EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND d.refobjid = p.oid
            AND d.classid = pg_catalog.to_regclass('pg_catalog.pg_publication_namespace')
            AND EXISTS (
                SELECT FROM pg_catalog.pg_depend AS s
                WHERE s.classid = d.classid AND s.objid = d.objid AND s.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                    AND s.refobjid = pg_catalog.to_regnamespace(made.schema)))
) AS listed
