EXISTS (SELECT FROM public.governance_object_ownership AS owned WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT')
