-- The state of every sequence, one row for each sequence outside the server's schemas. A rollback does not reset a sequence, so only this
-- query shows that a rolled back step used one. owned_by is the table that uses the sequence. The sequences of the application change at
-- any time.
DO $oneroof$
DECLARE
    item  record;
    stand record;
    found jsonb := '[]';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    FOR item IN
        SELECT n.nspname || '.' || c.relname AS name,
            pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation,
            (
                SELECT pg_catalog.min(m.nspname || '.' || t.relname)
                FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
                JOIN pg_catalog.pg_namespace AS m ON m.oid = t.relnamespace
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
            ) AS owned_by
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'S' AND c.relpersistence <> 't'
            AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    LOOP
        BEGIN
            EXECUTE pg_catalog.format('SELECT s.last_value, s.is_called FROM %s AS s', item.relation) INTO stand;
            found := found || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                'name', item.name, 'owned_by', item.owned_by, 'last_value', stand.last_value, 'is_called', stand.is_called));
        EXCEPTION
            WHEN insufficient_privilege THEN
                found := found || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                    'name', item.name, 'owned_by', item.owned_by, 'problem', SQLERRM));
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('oneroof.sequences', found::text, true);
END
$oneroof$;
SELECT answer.entry ->> 'name' AS name,
    answer.entry ->> 'owned_by' AS owned_by,
    (answer.entry ->> 'last_value')::bigint AS last_value,
    (answer.entry ->> 'is_called')::boolean AS is_called,
    pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
        (answer.entry ->> 'last_value') || CASE WHEN (answer.entry ->> 'is_called')::boolean THEN ' called' ELSE ' not called' END, 'UTF8')), 'hex') AS digest,
    answer.entry ->> 'problem' AS problem
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.sequences')::jsonb) WITH ORDINALITY AS answer (entry, place)
ORDER BY answer.place;
