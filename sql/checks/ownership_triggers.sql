-- expected: 0
-- hint: A trigger stands on governance_object_ownership; the seed must not set anything off. Its owner removes it.
SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_trigger AS found
WHERE found.tgrelid = 'public.governance_object_ownership'::pg_catalog.regclass AND NOT found.tgisinternal
