-- expected: EXECUTE
-- hint: The release calls these functions of the server. If the right to EXECUTE one was revoked, a superuser grants it to the role that runs the release. If one is missing, the release cannot run on this server.
-- stop
WITH called (name) AS (
    -- The server's functions that the later checks and tiers call. A test compares this list with them.
    SELECT pg_catalog.unnest(pg_catalog.string_to_array(
        'acldefault aclexplode age array_agg array_append array_to_string ascii bool_and bool_or btrim cardinality chr '
        || 'clock_timestamp col_description concat concat_ws convert_to count current_database current_setting encode '
        || 'format format_type has_database_privilege has_function_privilege has_language_privilege '
        || 'has_table_privilege host inet_server_addr inet_server_port jsonb_agg jsonb_array_elements '
        || 'jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each_text jsonb_object_agg '
        || 'jsonb_to_recordset left length lower max min mxid_age now num_nonnulls obj_description oidvectortypes pg_backend_pid '
        || 'pg_control_checkpoint pg_control_system pg_current_snapshot pg_current_wal_flush_lsn pg_current_wal_insert_lsn '
        || 'pg_current_xact_id pg_current_xact_id_if_assigned pg_database_size pg_get_constraintdef pg_get_expr '
        || 'pg_get_function_identity_arguments pg_get_functiondef pg_get_indexdef pg_get_partkeydef pg_get_ruledef '
        || 'pg_get_statisticsobjdef pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object '
        || 'pg_is_in_recovery pg_postmaster_start_time pg_relation_filenode pg_relation_size pg_snapshot_xmax pg_stat_get_activity pg_stat_get_bgwriter_stat_reset_time '
        || 'pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_updated '
        || 'pg_table_size pg_try_advisory_lock pg_typeof pg_walfile_name pg_xact_status quote_ident quote_literal regexp_matches regexp_replace '
        || 'regexp_split_to_table replace right round row_number rtrim set_config sha256 shobj_description split_part starts_with string_agg '
        || 'string_to_array strpos substr sum to_char to_jsonb to_regclass to_regnamespace to_regprocedure to_regrole to_regtype translate trim_scale unnest upper '
        -- The views pg_locks, pg_prepared_xacts, pg_settings and pg_stat_progress_vacuum call these with the rights of the reader.
        || 'pg_lock_status pg_prepared_xact pg_show_all_settings pg_stat_get_progress_info', ' '))
), found AS (
    SELECT called.name, pg_catalog.count(f.oid) AS functions,
        pg_catalog.bool_or(NOT pg_catalog.has_function_privilege(f.oid, 'EXECUTE')) AS revoked
    FROM called
    LEFT JOIN pg_catalog.pg_proc AS f ON f.proname = called.name::name AND f.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    GROUP BY called.name
)
SELECT coalesce(nullif(pg_catalog.concat_ws('; ',
    'no EXECUTE of ' || pg_catalog.string_agg(found.name, ', ' ORDER BY found.name) FILTER (WHERE found.revoked),
    -- pg_current_wal_flush_lsn may be missing. Then the evidence holds no WAL position for a COMMIT.
    'missing: ' || pg_catalog.string_agg(found.name, ', ' ORDER BY found.name) FILTER (
        WHERE found.functions = 0 AND found.name <> 'pg_current_wal_flush_lsn')), ''), 'EXECUTE')
FROM found
