-- The values that ALTER ROLE and ALTER DATABASE set are read from the catalog, because this transaction has already pinned its own values.
-- The check is an error if one of the three settings that change the meaning of SQL still has another value.
SELECT 'server.settings',
    CASE
        WHEN pg_catalog.current_setting('session_replication_role') <> 'origin' THEN 'error'
        WHEN pg_catalog.current_setting('transform_null_equals') = 'on' THEN 'error'
        WHEN pg_catalog.current_setting('quote_all_identifiers') = 'on' THEN 'error'
        ELSE 'warning'
    END,
    'as shipped',
    $q$SELECT coalesce(pg_catalog.string_agg(odd.setting, ', ' ORDER BY odd.setting), 'as shipped')
    FROM (
        SELECT s.name || '=' || pg_catalog.current_setting(s.name) AS setting
        FROM (VALUES ('session_replication_role', 'origin'), ('transform_null_equals', 'off'), ('quote_all_identifiers', 'off')) AS s (name, due)
        WHERE pg_catalog.current_setting(s.name) <> s.due
        UNION
        SELECT line.setting || CASE WHEN r.setrole = 0 THEN ' (database)' WHEN r.setdatabase = 0 THEN ' (role)' ELSE ' (role in database)' END
        FROM pg_catalog.pg_db_role_setting AS r
        CROSS JOIN LATERAL pg_catalog.unnest(r.setconfig) AS line (setting)
        WHERE r.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
            AND r.setrole IN (0, (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = SESSION_USER))
            AND pg_catalog.lower(pg_catalog.split_part(line.setting, '=', 1) COLLATE "C") IN (
                'search_path', 'row_security', 'lock_timeout', 'statement_timeout', 'transaction_timeout',
                'idle_in_transaction_session_timeout', 'client_connection_check_interval', 'synchronous_commit',
                'standard_conforming_strings', 'check_function_bodies', 'exit_on_error', 'restrict_nonsystem_relation_kind', 'default_tablespace', 'default_table_access_method',
                'default_transaction_isolation', 'default_transaction_deferrable', 'default_transaction_read_only',
                'datestyle', 'intervalstyle', 'timezone', 'bytea_output', 'extra_float_digits', 'client_min_messages',
                'plan_cache_mode', 'jit', 'parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size',
                'min_parallel_index_scan_size', 'session_replication_role', 'transform_null_equals', 'quote_all_identifiers')
    ) AS odd$q$,
    'The release sets these settings itself, so they are only listed here. Whoever set session_replication_role, transform_null_equals or quote_all_identifiers must reset it.'
