-- expected: 0
-- hint: Look at the triggers of public.governance_object_ownership: the seed must not fire one. Ask the owner of the table to drop it.
SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_trigger AS found
WHERE found.tgrelid = 'public.governance_object_ownership'::pg_catalog.regclass AND NOT found.tgisinternal
