-- expected: 0
-- hint: Ownership must stand as the release expects it: look who wrote the rows, by created_by.
SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership
