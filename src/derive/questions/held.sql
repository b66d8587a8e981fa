-- The relations on which this backend holds a lock (oid and mode), and the number of locks of every kind that it holds.
SELECT l.relation::text AS oid, l.mode, all_kinds.number
FROM (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks AS l WHERE l.pid = pg_catalog.pg_backend_pid()) AS all_kinds (number)
LEFT JOIN pg_catalog.pg_locks AS l ON l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted;
