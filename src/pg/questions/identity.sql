-- The identity of the session, the database and the server. Run at connect, and at the beginning and the end of every transaction that
-- writes. The engine compares the answers, which shows another backend, another server, an unexpected COMMIT (another xid) or a lost run
-- lock. A column that is marked as optional is NULL if the server lacks its function, or if the role may not call the function or read the
-- catalog. A command that writes then stops.
WITH held AS MATERIALIZED (
    SELECT l.locktype, l.relation, l.classid, l.objid, l.objsubid, l.mode
    FROM pg_catalog.pg_locks AS l
    WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted
), state AS MATERIALIZED (
    -- Read once: a promotion between two reads would give a primary with the timeline of the standby that it was.
    SELECT pg_catalog.pg_is_in_recovery() AS in_recovery
)
SELECT
    pg_catalog.current_database()                                              AS database,
    CURRENT_USER                                                               AS current_user,
    SESSION_USER                                                               AS session_user,
    pg_catalog.pg_backend_pid()                                                AS pid,
    -- optional: backend_start
    -- The format does not depend on DateStyle or TimeZone, because at connect these settings are not pinned yet.
    (SELECT pg_catalog.to_char(activity.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS activity) AS backend_start,
    -- optional: system_identifier
    (SELECT control.system_identifier FROM pg_catalog.pg_control_system() AS control) AS system_identifier,
    -- optional: timeline
    -- The timeline that the server writes to. The control file contains the timeline of the last checkpoint, which is still the old one
    -- just after a promotion.
    CASE
        WHEN (SELECT state.in_recovery FROM state) THEN (SELECT control.timeline_id FROM pg_catalog.pg_control_checkpoint() AS control)
        ELSE ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::integer
    END                                                                        AS timeline,
    -- optional: postmaster_start
    pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS postmaster_start,
    pg_catalog.current_setting('cluster_name')                                 AS cluster_name,
    pg_catalog.current_setting('server_version')                               AS server_version,
    pg_catalog.current_setting('server_version_num')                           AS server_version_num,
    (SELECT state.in_recovery FROM state)                                      AS in_recovery,
    pg_catalog.current_setting('transaction_read_only')                        AS read_only,
    pg_catalog.current_setting('session_replication_role')                     AS replication_role,
    pg_catalog.host(pg_catalog.inet_server_addr())                             AS server_address,
    pg_catalog.inet_server_port()                                              AS server_port,
    pg_catalog.pg_current_xact_id_if_assigned()::text                          AS xid,
    pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS server_time,
    -- optional: wal_bytes
    CASE WHEN NOT (SELECT state.in_recovery FROM state) THEN pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_lsn END AS wal_bytes,
    -- optional: locks
    -- Relations on which this backend holds a mode above RowShareLock, as oid and mode. locks.sql gives their names.
    (SELECT pg_catalog.string_agg(held.relation::text || ' ' || held.mode, ',')
        FROM held
        WHERE held.locktype = 'relation'
          AND held.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    )                                                                          AS locks,
    -- optional: catalog_writes
    -- What this backend wrote to each catalog: [inserted, updated, deleted]. The server counts every write, including writes that a
    -- rollback to a savepoint reverted. The counters may include an earlier transaction of the session, so only the difference of two
    -- answers in one transaction is meaningful. The counters do not change if track_counts is off.
    (SELECT pg_catalog.jsonb_object_agg(counted.catalog, counted.writes)
        FROM (
            SELECT c.relname::text AS catalog, ARRAY[
                pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid),
                pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
                pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)] AS writes
            FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'pg_catalog'
            -- The server's own catalogs have oids below 16384, so the index finds them among any number of other tables.
            WHERE c.oid < 16384 AND c.relkind = 'r'
        ) AS counted
        WHERE counted.writes <> ARRAY[0, 0, 0]::bigint[]
    )                                                                          AS catalog_writes,
    pg_catalog.current_setting('track_counts')                                 AS track_counts,
    -- optional: holds_run_lock
    EXISTS (
        SELECT
        FROM held
        CROSS JOIN (SELECT pg_catalog.current_setting('oneroof.packet')::jsonb AS packet) AS given
        WHERE held.locktype = 'advisory'
          AND held.objsubid = 2
          AND held.classid = (given.packet #>> '{run_lock,0}')::oid
          AND held.objid = (given.packet #>> '{run_lock,1}')::oid
    )                                                                          AS holds_run_lock;
