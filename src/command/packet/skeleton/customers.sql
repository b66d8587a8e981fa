-- expected: >= 1
-- hint: There are no customers. Check that this is the right database.
SELECT pg_catalog.count(*)::text FROM public.customers
