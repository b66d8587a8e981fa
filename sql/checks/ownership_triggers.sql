-- expected: 0
-- hint: The table governance_object_ownership has a trigger, and the seed must not fire one. Ask its owner to drop it.
SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_trigger AS found
WHERE found.tgrelid = 'public.governance_object_ownership'::pg_catalog.regclass AND NOT found.tgisinternal
