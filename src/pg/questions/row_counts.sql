-- How many rows every table of the database has, counted one by one. Reads only. One row a table; a count that may not be had says why.
DO $oneroof$
DECLARE
    item    record;
    counted bigint;
    told    jsonb := '[]';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    FOR item IN
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    LOOP
        BEGIN
            EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %s', item.relation) INTO counted;
            told := told || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('name', item.relation, 'rows', counted));
        EXCEPTION
            WHEN insufficient_privilege THEN
                told := told || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('name', item.relation, 'problem', SQLERRM));
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('oneroof.row_counts', told::text, true);
END
$oneroof$;
SELECT counted.entry ->> 'name' AS name, coalesce(counted.entry ->> 'rows', counted.entry ->> 'problem') AS row_count
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.row_counts')::jsonb) WITH ORDINALITY AS counted (entry, place)
ORDER BY counted.place;
