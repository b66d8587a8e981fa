-- expected: usable
-- hint: A scan is identified by the newest snapshot, which needs an id and a snapshot_ref of at most 2000 bytes. Let the application take another snapshot.
SELECT CASE
    WHEN s.id IS NULL THEN 'no id'
    WHEN pg_catalog.octet_length(s.snapshot_ref::text COLLATE "C") > 2000 THEN 'snapshot_ref of ' || pg_catalog.octet_length(s.snapshot_ref::text COLLATE "C") || ' bytes'
    ELSE 'usable'
END
FROM public.evolution_snapshots AS s
ORDER BY s.taken_at DESC NULLS LAST, s.id DESC
LIMIT 1
