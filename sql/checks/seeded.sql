-- expected: 30
-- hint: Look at the rows of public.governance_object_ownership with created_by F6_OWNERSHIP_SEED_COMMIT: rows are missing or were added. oneroof status names the first one.
SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership AS owned WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT'
