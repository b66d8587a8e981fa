-- expected: >= 1
-- hint: There are no customers. Look whether this is the right database.
SELECT pg_catalog.count(*)::text FROM public.customers
