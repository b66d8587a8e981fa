-- expected: {{servers}}
-- hint: The release was proven on PostgreSQL {{servers}}. Whoever runs the server names another major only after a proof there.
SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::int / 10000 IN ({{majors}}) THEN '{{servers}}'
ELSE pg_catalog.current_setting('server_version') END
