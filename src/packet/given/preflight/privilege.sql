-- The privileges of the role on each object of the contract.
(SELECT 'privilege.' || found.object, 'error', pg_catalog.replace(found.needed, ' ', ', '),
    pg_catalog.format('SELECT %L', CASE
        WHEN found.oid IS NULL THEN 'missing'
        ELSE (
            SELECT coalesce(pg_catalog.string_agg(need.word, ', ' ORDER BY need.place), 'none')
            FROM pg_catalog.unnest(pg_catalog.string_to_array(found.needed, ' ')) WITH ORDINALITY AS need (word, place)
            WHERE pg_catalog.has_table_privilege(found.oid, need.word)
        )
    END),
    pg_catalog.format('The owner grants it: GRANT %s ON %s.%s TO the role that runs the release; see grants/least_privilege.sql.',
        pg_catalog.replace(found.needed, ' ', ', '), found.schema, found.name)
FROM found
ORDER BY found.place)
