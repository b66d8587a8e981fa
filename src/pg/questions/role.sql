-- Whether the login role may take on the role that --role names. Run at connect. It reads no catalog. From PostgreSQL 16 on, a membership may
-- be granted without the right to SET ROLE.
SELECT CASE
    WHEN wanted.name IS NULL THEN 'MEMBER'
    WHEN pg_catalog.to_regrole(pg_catalog.quote_ident(wanted.name)) IS NULL THEN 'no such role'
    WHEN NOT pg_catalog.pg_has_role(
        SESSION_USER,
        pg_catalog.to_regrole(pg_catalog.quote_ident(wanted.name))::oid,
        CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN 'no member'
    ELSE 'MEMBER'
END AS answer
FROM (SELECT nullif(pg_catalog.current_setting('oneroof.role', true), '') AS name) AS wanted;
