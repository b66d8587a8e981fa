                ('privilege.rights', 'error', 'granted', $q$
WITH wanted (word, object) AS (
    VALUES {{rights}}
), {{wanted_oids}}, found (word, object, granted) AS (
    SELECT wanted.word, wanted.object, CASE
        WHEN known.routine IS NOT NULL THEN pg_catalog.has_function_privilege(known.routine, wanted.word)
        WHEN known.type IS NOT NULL THEN pg_catalog.has_type_privilege(known.type, wanted.word)
        WHEN known.relation IS NOT NULL THEN pg_catalog.has_sequence_privilege(known.relation, wanted.word)
    END
    FROM wanted
    JOIN (SELECT DISTINCT known.* FROM known) AS known ON known.object = wanted.object
)
SELECT coalesce(pg_catalog.string_agg(
        CASE WHEN found.granted IS NULL THEN found.object || ' is missing' ELSE pg_catalog.format('no %s of %s', found.word, found.object) END,
        ', ' ORDER BY found.object COLLATE "C", found.word), 'granted')
FROM found
WHERE found.granted IS NOT TRUE
$q$,
                    'The owner of each object grants the right to the role that runs the release, for example GRANT EXECUTE ON FUNCTION. Who maintains the database makes what is missing.')
