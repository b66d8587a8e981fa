-- expected: present
-- hint: Name a snapshot of evolution_snapshots by its snapshot_ref or its id.
WITH given AS (
    SELECT nullif(pg_catalog.current_setting('oneroof.snapshot', true), '') AS ref
)
SELECT CASE
    WHEN given.ref IS NULL THEN 'no snapshot was given'
    WHEN EXISTS (SELECT FROM public.evolution_snapshots AS known WHERE known.snapshot_ref::text COLLATE "C" = given.ref OR known.id::text = given.ref)
        THEN 'present'
    ELSE pg_catalog.format('%s does not exist', given.ref)
END
FROM given
