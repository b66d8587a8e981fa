-- expected: usable
-- hint: The scan is keyed by the newest snapshot: it needs its id, and a snapshot_ref of at most 2000 bytes. The application side takes another.
SELECT CASE
    WHEN s.id IS NULL THEN 'no id'
    WHEN pg_catalog.octet_length(s.snapshot_ref::text COLLATE "C") > 2000 THEN 'snapshot_ref of ' || pg_catalog.octet_length(s.snapshot_ref::text COLLATE "C") || ' bytes'
    ELSE 'usable'
END
FROM public.evolution_snapshots AS s
ORDER BY s.taken_at DESC NULLS LAST, s.id DESC
LIMIT 1
