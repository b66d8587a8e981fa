-- expected: 0
-- hint: The ownership rows must be exactly those of the release. Find out who wrote the others: created_by.
SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership
