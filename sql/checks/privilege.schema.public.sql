-- expected: CREATE, USAGE
-- hint: The database's owner grants them: GRANT CREATE, USAGE ON SCHEMA public TO the role that releases.
SELECT pg_catalog.concat_ws(', ',
    CASE WHEN pg_catalog.has_schema_privilege(n.oid, 'CREATE') THEN 'CREATE' END,
    CASE WHEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE' END)
FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public'
