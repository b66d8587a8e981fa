-- Names of functions whose effect a ROLLBACK does not revert, or which act outside the database. They belong to the server, or to
-- extensions that are made for calls to other systems.
lasting (name) AS (
    SELECT pg_catalog.unnest(pg_catalog.string_to_array(
        'nextval setval pg_notify pg_logical_emit_message pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile '
        || 'pg_switch_wal pg_create_restore_point pg_promote pg_wal_replay_pause pg_wal_replay_resume pg_backup_start pg_backup_stop '
        || 'pg_start_backup pg_stop_backup pg_log_backend_memory_contexts pg_log_standby_snapshot pg_stat_reset pg_stat_reset_shared '
        || 'pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters pg_stat_reset_slru pg_stat_reset_replication_slot '
        || 'pg_stat_statements_reset pg_create_physical_replication_slot pg_create_logical_replication_slot pg_drop_replication_slot '
        || 'pg_copy_physical_replication_slot pg_copy_logical_replication_slot pg_replication_slot_advance pg_logical_slot_get_changes '
        || 'pg_logical_slot_get_binary_changes pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_advance '
        || 'pg_file_write pg_file_rename pg_file_unlink pg_file_sync pg_logfile_rotate lo_import lo_export '
        || 'dblink dblink_exec dblink_open dblink_fetch dblink_close dblink_send_query dblink_connect dblink_connect_u dblink_get_result '
        || 'dblink_disconnect dblink_cancel_query pg_background_launch http http_get http_post http_put http_patch http_delete http_head '
        || 'net_http_get net_http_post net_http_delete invoke query_export_to_s3 table_import_from_s3', ' '))
),
-- The functions that the expressions call. A view's expression holds their oids. The body of a function is only text to the server, so the
-- functions that it calls are found by their names. The bodies of an extension's functions are not searched.
called (object, oid) AS (
    SELECT computed.object, f.oid
    FROM computed
    CROSS JOIN LATERAL (
        SELECT found.id[1]::oid
        FROM pg_catalog.regexp_matches(computed.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS found (id)
        UNION
        -- DISTINCT, ORDER BY and GROUP BY store the oids of operators.
        SELECT o.oprcode::oid
        FROM pg_catalog.regexp_matches(computed.tree, ':(?:eqop|sortop) ([0-9]+)', 'g') AS found (id)
        JOIN pg_catalog.pg_operator AS o ON o.oid = found.id[1]::oid AND o.oid >= 16384
    ) AS named (id)
    JOIN pg_catalog.pg_proc AS f ON f.oid = named.id
    WHERE f.oid >= 16384 OR EXISTS (SELECT FROM lasting WHERE lasting.name = f.proname::text)
    UNION
    SELECT called.object, f.oid
    FROM called
    JOIN pg_catalog.pg_proc AS caller ON caller.oid = called.oid AND caller.oid >= 16384
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = caller.oid AND d.deptype = 'e')
    CROSS JOIN LATERAL (
        SELECT d.refobjid
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = caller.oid AND d.refclassid = 'pg_catalog.pg_proc'::regclass
        UNION
        SELECT named.oid
        FROM pg_catalog.regexp_matches(caller.prosrc, '([[:alpha:]_][[:alnum:]_$]*)"?[[:space:]]*\(', 'g') AS word (name)
        JOIN pg_catalog.pg_proc AS named ON named.proname IN (word.name[1]::name, pg_catalog.lower(word.name[1] COLLATE "C")::name)
        UNION
        -- A body in standard SQL (BEGIN ATOMIC) is stored as a parse tree, not as text.
        SELECT parsed.id[1]::oid
        FROM pg_catalog.regexp_matches(pg_catalog.to_jsonb(caller) ->> 'prosqlbody', ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS parsed (id)
    ) AS callee (oid)
    JOIN pg_catalog.pg_proc AS f ON f.oid = callee.oid
    WHERE f.oid >= 16384 OR EXISTS (SELECT FROM lasting WHERE lasting.name = f.proname::text)
),
effects AS MATERIALIZED (
    SELECT called.object, f.oid,
        n.nspname || '.' || f.proname || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')' AS function,
        CASE
            WHEN EXISTS (SELECT FROM lasting WHERE lasting.name = f.proname::text) THEN 'no rollback takes it back'
            WHEN NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c') THEN 'no rollback takes it back: runs outside the server''s rules'
            WHEN f.prosrc COLLATE "C" ~* '\mcopy\M.*\m(program|to)\M' THEN 'no rollback takes it back: COPY to a file or program'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
                THEN CASE f.provolatile WHEN 'v' THEN 'volatile, of an extension' END
            WHEN l.lanname = 'c' THEN 'compiled code, which cannot be read'
            WHEN f.prosrc COLLATE "C" ~* '\mnotify\M' THEN 'no rollback takes it back: NOTIFY'
            WHEN f.provolatile = 'v' THEN 'volatile'
            WHEN f.prosrc COLLATE "C" ~* '\mexecute\M' THEN 'composes what it runs'
        END AS why
    FROM called
    JOIN pg_catalog.pg_proc AS f ON f.oid = called.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
)
