-- expected: read only
-- warning
-- hint: The role that runs the release could write approvals itself. The owner of the approvals revokes the right, or people watch that table; the release never writes to it.
SELECT CASE WHEN pg_catalog.cardinality(may.write) = 0 THEN 'read only' ELSE 'may ' || pg_catalog.array_to_string(may.write, ', ') END
FROM (
    SELECT pg_catalog.array_remove(ARRAY[
        CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
        CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
        CASE WHEN pg_catalog.has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END,
        CASE WHEN pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') THEN 'TRUNCATE' END], NULL) AS write
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = '{{approval_schema}}'
    WHERE c.relname = '{{approval_name}}'
) AS may
