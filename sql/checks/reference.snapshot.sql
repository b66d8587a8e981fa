-- expected: present
-- hint: The scan needs the newest row of public.evolution_snapshots, with a snapshot_ref. Let the application take a snapshot.
SELECT CASE
    WHEN newest.taken_at IS NULL THEN 'no snapshot has a taken_at'
    WHEN (newest.snapshot_ref::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN 'the newest snapshot has no snapshot_ref'
    ELSE 'present'
END
FROM public.evolution_snapshots AS newest
ORDER BY newest.taken_at DESC NULLS LAST, newest.id DESC
LIMIT 1
