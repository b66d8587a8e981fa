-- The schemas that the release reads from, and the schemas in which it creates objects.
(SELECT 'privilege.schema.' || wanted.schema, 'error', wanted.needed,
    pg_catalog.format('SELECT %L', CASE
        WHEN n.oid IS NULL THEN 'missing'
        ELSE pg_catalog.concat_ws(', ',
            CASE WHEN pg_catalog.has_schema_privilege(n.oid, 'CREATE') AND wanted.needed LIKE 'CREATE%' THEN 'CREATE' END,
            CASE WHEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE' END)
    END),
    pg_catalog.format('The database''s owner grants the privileges to the role that runs the release: GRANT %s ON SCHEMA %s.', wanted.needed, wanted.schema)
FROM (
    VALUES
        -- include: schemas
) AS wanted (schema, needed)
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema::name
ORDER BY wanted.schema)
