-- The relations on which this backend holds a lock, by oid and mode, and how many locks of any kind it holds.
SELECT l.relation::text AS oid, l.mode, all_kinds.number
FROM (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks AS l WHERE l.pid = pg_catalog.pg_backend_pid()) AS all_kinds (number)
LEFT JOIN pg_catalog.pg_locks AS l ON l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted;
