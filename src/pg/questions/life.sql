-- Asked at connect beside identity.sql. Which database this is, for its name may be given to another; and whether the server lives on since
-- a session began: a crash discards the statistics and every start leaves a new start time; the resolver compares both. After a start the checkpoint says how far the ids of transactions had come
-- by then, so that an id which is not below it was given out later than that, whoever had it before.
SELECT
    (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AS database_oid,
    -- optional: statistics_since
    pg_catalog.to_char(pg_catalog.pg_stat_get_bgwriter_stat_reset_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS statistics_since,
    -- optional: checkpoint_xid
    (SELECT (pg_catalog.split_part(control.next_xid, ':', 1)::bigint << 32) + pg_catalog.split_part(control.next_xid, ':', 2)::bigint
        FROM pg_catalog.pg_control_checkpoint() AS control) AS checkpoint_xid;
