-- expected: 30
-- hint: The number of the seed's rows is not the expected one. Report this row and run preflight again.
SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership AS owned WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT'
