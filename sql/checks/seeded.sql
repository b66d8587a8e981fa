-- expected: 30
-- hint: The tier did not end as it must, so nothing of it was kept; report the row and run preflight again.
SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership AS owned WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT'
