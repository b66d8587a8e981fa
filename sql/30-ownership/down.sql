-- Deletes exactly the 30 rows that carry the release's tag. After that no ownership row may be left, and the gap must be as before.
-- So if somebody changed one of the rows or added another one, the rollback stops, names that row, and changes nothing.

DELETE FROM public.governance_object_ownership AS owned
WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT' AND owned.subject_kind::text COLLATE "C" = 'class';
