-- expected: 13 to 18
-- hint: The release was proven on PostgreSQL 13 to 18. Whoever runs the server names another major only after a proof there.
SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::int / 10000 BETWEEN 13 AND 18 THEN '13 to 18'
ELSE pg_catalog.current_setting('server_version') END
