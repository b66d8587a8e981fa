-- expected: none
-- hint: A temporary object of this session has a name that the release uses. Connect again.
SELECT coalesce(pg_catalog.string_agg(c.relname, ', ' ORDER BY c.relname), 'none')
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = pg_catalog.pg_my_temp_schema()
    AND (c.relname::text IN ({{names}})
        OR EXISTS (SELECT FROM pg_catalog.pg_class AS real WHERE real.relnamespace = 'pg_catalog'::regnamespace AND real.relname = c.relname))
