(SELECT 'row_security.' || found.object, 'error', 'off',
    pg_catalog.format('SELECT %L', coalesce(
        (SELECT pg_catalog.string_agg(hidden.policy, ', ') FROM hidden WHERE hidden.object = found.object),
        CASE WHEN found.oid IS NULL THEN 'missing' ELSE 'off' END)),
    pg_catalog.format('Policies could hide rows of %s.%s from a count. Their table''s owner disables row security for the release, or the release does not run.', found.schema, found.name)
FROM found
ORDER BY found.place)
