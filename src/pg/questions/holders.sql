-- The sessions that hold or wait for the run lock of oneroof.packet, or for a lock on one of the relations that oneroof.relations names.
-- That setting is a JSON list such as ["public.x"]; the relations that a view reads are included. One row for each session, relation and
-- mode. A prepared transaction has a gid and no pid. The statements of these sessions are never read, because they may contain secrets.
WITH RECURSIVE reached (oid, relkind) AS (
    SELECT c.oid, c.relkind
    FROM pg_catalog.jsonb_array_elements_text(
        coalesce(nullif(pg_catalog.current_setting('oneroof.relations', true), ''), '[]')::jsonb) AS named (name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(named.name, '.', 1)
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(named.name, '.', 2)
    UNION
    SELECT c.oid, c.relkind
    FROM reached
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid
    JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v', 'm')
    WHERE reached.relkind = 'v'
),
lock AS MATERIALIZED (
    SELECT l.locktype, l.relation, l.database, l.classid, l.objid, l.objsubid, l.virtualtransaction, l.transactionid, l.pid, l.mode, l.granted
    FROM pg_catalog.pg_locks AS l
    WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
),
blocking AS (
    SELECT lock.pid, lock.virtualtransaction, n.nspname || '.' || c.relname AS relation, lock.mode, lock.granted,
        -- The rule of autovacuum: a table of this age is always vacuumed, and this vacuum is not cancelled for a waiting lock.
        pg_catalog.age(c.relfrozenxid) > pg_catalog.current_setting('autovacuum_freeze_max_age')::integer
            OR pg_catalog.mxid_age(c.relminmxid) > pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::integer AS is_old
    FROM lock
    JOIN reached ON reached.oid = lock.relation
    JOIN pg_catalog.pg_class AS c ON c.oid = reached.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE lock.locktype = 'relation'
        AND lock.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
    UNION ALL
    SELECT lock.pid, lock.virtualtransaction, 'run lock', lock.mode, lock.granted, false
    FROM lock
    JOIN (SELECT nullif(pg_catalog.current_setting('oneroof.packet', true), '')::jsonb -> 'run_lock') AS run (key)
        ON lock.classid::bigint = (run.key ->> 0)::bigint AND lock.objid::bigint = (run.key ->> 1)::bigint
    WHERE lock.locktype = 'advisory' AND lock.objsubid = 2
        AND lock.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
)
SELECT blocking.pid,
    coalesce(a.usename, p.owner)::text AS user_name,
    a.application_name AS application,
    CASE WHEN blocking.pid IS NULL THEN 'prepared transaction' ELSE coalesce(a.state, 'state hidden from this role') END AS state,
    pg_catalog.to_char(
        CASE WHEN blocking.relation = 'run lock' THEN a.backend_start ELSE coalesce(a.xact_start, a.state_change, p.prepared) END AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
    blocking.relation,
    blocking.mode,
    blocking.granted,
    p.gid AS prepared,
    -- An autovacuum worker has no role, but its progress is visible. A plain role can see nothing else of it.
    CASE
        WHEN a.usesysid IS NOT NULL THEN NULL
        WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS v WHERE v.pid = blocking.pid)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_analyze AS z WHERE z.pid = blocking.pid) THEN NULL
        WHEN blocking.is_old THEN 'to prevent wraparound'
        ELSE 'usual'
    END AS autovacuum
FROM blocking
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = blocking.pid
LEFT JOIN lock AS x ON blocking.pid IS NULL AND x.pid IS NULL AND x.virtualtransaction = blocking.virtualtransaction
    AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'
LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
ORDER BY blocking.granted DESC, blocking.relation, blocking.pid, blocking.mode;
