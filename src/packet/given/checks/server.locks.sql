-- expected: room enough
-- hint: The server's lock table may have no room for all the locks of the release. Whoever runs the server raises max_locks_per_transaction, which needs a restart, or waits until others hold fewer locks.
-- need begins with the largest number of locks that the release or its rollback held at once when it was built. The release also locks each
-- relation of the contract, with everything that the contract's views read, all partitions and all indexes. The lock table has room for
-- max_locks_per_transaction locks for each process that the server may have. All sessions share it.
-- include: reach
below (oid) AS (
    SELECT found.oid FROM found WHERE found.oid IS NOT NULL
    UNION
    SELECT reached.oid FROM reached
    UNION
    SELECT h.inhrelid FROM below JOIN pg_catalog.pg_inherits AS h ON h.inhparent = below.oid
),
room (locks) AS (
    SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint * (1
        + pg_catalog.current_setting('max_connections')::bigint
        + pg_catalog.current_setting('max_prepared_transactions')::bigint
        + pg_catalog.current_setting('max_worker_processes')::bigint
        + pg_catalog.current_setting('max_wal_senders')::bigint
        + coalesce(pg_catalog.current_setting('autovacuum_worker_slots', true), pg_catalog.current_setting('autovacuum_max_workers'))::bigint)
),
held (locks) AS (
    SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks AS l WHERE NOT l.fastpath AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
),
need (locks) AS (
    SELECT {{locks}} + (SELECT pg_catalog.count(*) FROM below)
        + (SELECT pg_catalog.count(*) FROM below JOIN pg_catalog.pg_index AS i ON i.indrelid = below.oid)
)
SELECT CASE
    WHEN room.locks - held.locks >= need.locks THEN 'room enough'
    ELSE pg_catalog.format('room for %s, %s of them held, needs %s', room.locks, held.locks, need.locks)
END
FROM room CROSS JOIN held CROSS JOIN need
