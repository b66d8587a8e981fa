-- Run at connect together with identity.sql. It returns the oid of the database, because another database may get the same name, and facts
-- that show whether the server has run without interruption since a session began. A crash resets the statistics, and every start sets a
-- new start time; the resolver compares both. The checkpoint after a start contains the next transaction id at that time. An id that is not
-- below it was assigned after the start, even if it had been assigned once before.
SELECT
    -- optional: database_oid
    (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AS database_oid,
    -- optional: statistics_since
    pg_catalog.to_char(pg_catalog.pg_stat_get_bgwriter_stat_reset_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS statistics_since,
    -- optional: checkpoint_xid
    (SELECT (pg_catalog.split_part(control.next_xid, ':', 1)::bigint << 32) + pg_catalog.split_part(control.next_xid, ':', 2)::bigint
        FROM pg_catalog.pg_control_checkpoint() AS control) AS checkpoint_xid;
