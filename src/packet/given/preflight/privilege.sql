-- The privileges of the role on each object of the contract, and the objects that it must own. A foreign key needs REFERENCES on the columns
-- that it names. For a relation that is only read, SELECT on the columns that the release reads is enough.
(SELECT 'privilege.' || found.object, 'error', pg_catalog.replace(found.granted, ' ', ', '),
    pg_catalog.format('SELECT %L', CASE
        WHEN found.oid IS NULL THEN 'missing'
        ELSE (
            SELECT coalesce(pg_catalog.string_agg(need.word, ', ' ORDER BY need.place), 'none')
            FROM pg_catalog.unnest(pg_catalog.string_to_array(found.granted, ' ')) WITH ORDINALITY AS need (word, place)
            WHERE pg_catalog.has_table_privilege(found.oid, need.word)
                OR need.word = 'REFERENCES' AND pg_catalog.has_any_column_privilege(found.oid, need.word)
                OR need.word = 'SELECT' AND found.touch = 'read' AND found.columns <> '' AND NOT EXISTS (
                    SELECT FROM pg_catalog.unnest(pg_catalog.string_to_array(found.columns, ' ')) AS used (words)
                    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = found.oid AND NOT a.attisdropped
                        AND a.attname = pg_catalog.split_part(used.words, ':', 1)::name
                    WHERE a.attnum IS NULL OR NOT pg_catalog.has_column_privilege(found.oid, a.attnum, 'SELECT'))
        )
    END),
    pg_catalog.format('The owner grants it: GRANT %s ON %s.%s TO the role that runs the release.',
        pg_catalog.replace(found.granted, ' ', ', '), found.schema, found.name)
FROM (SELECT found.*, pg_catalog.replace(found.needed, ' OWNER', '') AS granted FROM found) AS found
ORDER BY found.place)
UNION ALL
(SELECT 'privilege.owner.' || found.object, 'error', 'owned by this role',
    pg_catalog.format('SELECT %L', CASE
        WHEN found.oid IS NULL THEN 'missing'
        -- ALTER TABLE also alters the partitions of a table and the tables that inherit from it, so the role must own them too.
        WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN coalesce((
            WITH RECURSIVE part (oid) AS (
                SELECT h.inhrelid FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = found.oid
                UNION
                SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
            )
            SELECT pg_catalog.format('its %s %s is owned by %s', CASE WHEN p.relispartition THEN 'partition' ELSE 'child table' END,
                part.oid::pg_catalog.regclass, pg_catalog.pg_get_userbyid(p.relowner))
            FROM part
            JOIN pg_catalog.pg_class AS p ON p.oid = part.oid
            WHERE NOT pg_catalog.pg_has_role(p.relowner, 'USAGE')
            ORDER BY part.oid::pg_catalog.regclass::text COLLATE "C"
            LIMIT 1), 'owned by this role')
        ELSE 'owned by ' || pg_catalog.pg_get_userbyid(c.relowner)
    END),
    pg_catalog.format('Only its owner may change the shape of %s.%s. The owner hands it over with ALTER ... OWNER TO, or grants membership to the role that runs the release.',
        found.schema, found.name)
FROM found
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = found.oid
WHERE found.needed LIKE '% OWNER'
ORDER BY found.place)
