-- expected: 0
-- hint: Look at public.governance_object_ownership: it has rows that the release did not write, or lacks some that it wrote. The column created_by names who wrote each row.
SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership
