-- expected: none
-- hint: A rule changes what the seed writes. Whoever made the rule must drop it.
SELECT coalesce(pg_catalog.string_agg(w.rulename, ', ' ORDER BY w.rulename), 'none') FROM pg_catalog.pg_rewrite AS w
JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class AND c.relname = 'governance_object_ownership' AND c.relkind <> 'v'
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
