-- expected: 30 of 30
-- hint: Each pair of class and scope must be bound once. public.v_oneroof_axis_coverage shows the class that lacks a binding.
SELECT pg_catalog.format('%s of %s', pg_catalog.sum(coverage.bound), pg_catalog.sum(coverage.scopes))
FROM public.v_oneroof_axis_coverage AS coverage
