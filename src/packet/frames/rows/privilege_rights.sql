                ('privilege.rights', 'error', 'granted', $q$
SELECT coalesce(pg_catalog.string_agg(
        CASE WHEN found.granted IS NULL THEN pg_catalog.lower(wanted.kind) || ' ' || wanted.name || ' is missing'
            ELSE pg_catalog.format('no %s of %s', wanted.word, wanted.name)
        END, ', ' ORDER BY wanted.kind, wanted.name COLLATE "C", wanted.word), 'granted')
FROM (VALUES {{rights}}) AS wanted (word, kind, name)
CROSS JOIN LATERAL (
    SELECT CASE wanted.kind
        WHEN 'FUNCTION' THEN (
            SELECT pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
            FROM pg_catalog.pg_proc AS f
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
            WHERE f.proname = pg_catalog.split_part(pg_catalog.split_part(wanted.name, '(', 1), '.', 2)::name
                AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = wanted.name)
        WHEN 'SEQUENCE' THEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass(wanted.name)::oid, wanted.word)
        WHEN 'TYPE' THEN pg_catalog.has_type_privilege(pg_catalog.to_regtype(wanted.name)::oid, 'USAGE')
    END
) AS found (granted)
WHERE found.granted IS NOT TRUE
$q$,
                    'The owner of each object grants the right to the role that runs the release, for example GRANT EXECUTE ON FUNCTION. Who maintains the database makes what is missing.')
