-- expected: present
-- hint: The scan needs the newest evolution snapshot, with its snapshot_ref; let the application take one.
SELECT CASE
    WHEN newest.taken_at IS NULL THEN 'no snapshot has a taken_at'
    WHEN (newest.snapshot_ref::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN 'the newest snapshot has no snapshot_ref'
    ELSE 'present'
END
FROM public.evolution_snapshots AS newest
ORDER BY newest.taken_at DESC NULLS LAST, newest.id DESC
LIMIT 1
