-- Removes exactly the 30 rows that carry the release's tag. A row that was changed stops it with its name, and so does a row
-- of somebody else, since the end must be ownership 0 and the gap as before; nothing is lost then.

DELETE FROM public.governance_object_ownership AS owned
WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT' AND owned.subject_kind::text COLLATE "C" = 'class';
