-- Who and where we are: asked at connect, and again at both ends of every transaction that writes. The engine compares the answers:
-- another backend, another server, a stray COMMIT (another xid) or a lost run lock shows here.
SELECT
    pg_catalog.current_database()                                              AS database,
    CURRENT_USER                                                               AS current_user,
    SESSION_USER                                                               AS session_user,
    pg_catalog.pg_backend_pid()                                                AS pid,
    -- As text that no DateStyle or TimeZone of the role can change: at connect they are not pinned yet.
    (SELECT pg_catalog.to_char(activity.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS activity) AS backend_start,
    (SELECT control.system_identifier FROM pg_catalog.pg_control_system() AS control) AS system_identifier,
    (SELECT control.timeline_id FROM pg_catalog.pg_control_checkpoint() AS control)   AS timeline,
    pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS postmaster_start,
    pg_catalog.current_setting('server_version')                               AS server_version,
    pg_catalog.current_setting('server_version_num')                           AS server_version_num,
    pg_catalog.pg_is_in_recovery()                                             AS in_recovery,
    pg_catalog.current_setting('transaction_read_only')                        AS read_only,
    pg_catalog.current_setting('session_replication_role')                     AS replication_role,
    pg_catalog.host(pg_catalog.inet_server_addr())                             AS server_address,
    pg_catalog.inet_server_port()                                              AS server_port,
    pg_catalog.pg_current_xact_id_if_assigned()::text                          AS xid,
    pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS server_time,
    CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_lsn END AS wal_bytes,
    EXISTS (
        SELECT
        FROM pg_catalog.pg_locks AS held
        CROSS JOIN (SELECT pg_catalog.current_setting('oneroof.packet')::jsonb AS packet) AS said
        WHERE held.locktype = 'advisory'
          AND held.pid = pg_catalog.pg_backend_pid()
          AND held.granted
          AND held.objsubid = 2
          AND held.classid = (said.packet #>> '{run_lock,0}')::oid
          AND held.objid = (said.packet #>> '{run_lock,1}')::oid
    )                                                                          AS holds_run_lock;
