(SELECT 'row_security.' || found.object, 'error', 'off',
    pg_catalog.format('SELECT %L', coalesce(
        (SELECT pg_catalog.string_agg(hidden.policy, ', ') FROM hidden WHERE hidden.object = found.object),
        CASE WHEN found.oid IS NULL THEN 'missing' ELSE 'off' END)),
    pg_catalog.format('Policies could hide rows of %s.%s from a count. The owner of the policies'' table disables row security until the release has ended, or an administrator gives the role that runs the release BYPASSRLS.', found.schema, found.name)
FROM found
ORDER BY found.place)
