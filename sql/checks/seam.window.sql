-- expected: locked
-- warning
-- hint: Without the right to lock inventory and scopes in SHARE mode they could change while a tier runs. Their owner grants it; see grants/least_privilege.sql.
SELECT CASE WHEN pg_catalog.bool_and(
        pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
        OR CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 170000
            THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN') ELSE false END)
    THEN 'locked' ELSE 're-checked last, the window is open' END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE c.relname IN ('v_governance_object_inventory', 'v_governance_scope')
