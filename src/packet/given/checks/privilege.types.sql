-- expected: USAGE
-- hint: The packet's columns use these types. A superuser grants USAGE ON TYPE to the role that runs the release.
SELECT coalesce('no USAGE of ' || pg_catalog.string_agg(t.typname, ', ' ORDER BY t.typname), 'USAGE')
FROM pg_catalog.pg_type AS t
WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
    AND t.typname IN ('bool', 'int4', 'int8', 'jsonb', 'numeric', 'text', 'timestamptz', 'uuid')
    AND NOT pg_catalog.has_type_privilege(t.oid, 'USAGE')
