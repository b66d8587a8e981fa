-- expected: {{servers}}
-- hint: The release was proven on PostgreSQL {{servers}}. Run it on one of these versions, or have its author prove it on this one first.
SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::int / 10000 IN ({{majors}}) THEN '{{servers}}'
ELSE pg_catalog.current_setting('server_version') END
