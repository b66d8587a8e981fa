-- expected: locked
-- warning
-- hint: Without the right to lock the approvals in SHARE mode the gate could close between the last check and COMMIT. Their owner grants it; see grants/least_privilege.sql.
SELECT CASE WHEN pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') THEN 'locked'
    WHEN pg_catalog.current_setting('server_version_num')::int >= 170000 THEN
        CASE WHEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN') THEN 'locked' ELSE 're-checked last, the window is open' END
    ELSE 're-checked last, the window is open' END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE c.relname = 'os_proposal_approvals'
