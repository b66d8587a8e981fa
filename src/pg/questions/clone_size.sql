-- The current size of the clone that oneroof.clone_name names, the sessions in it, and whether everybody may connect. No row if the clone
-- does not exist.
SELECT pg_catalog.pg_database_size(d.oid) AS bytes,
    pg_catalog.shobj_description(d.oid, 'pg_database') AS mark,
    pg_catalog.has_database_privilege('public', d.oid, 'CONNECT') AS open,
    pg_catalog.pg_has_role(d.datdba, 'USAGE') AS ours,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid()) AS sessions,
    d.datname AS name
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_setting('oneroof.clone_name');
