-- For each column in the setting oneroof.lost_values (a JSON array of schema.table.column): the number of rows that hold a value other than
-- the default. It only reads. The value is compared with NULL if the column has no default, if the default is different for each row, or if
-- the default calls a function that is not the server's own. Generated columns are left out. If the rows were not counted, the column problem
-- gives the reason.
DO $oneroof$
DECLARE
    item    record;
    counted bigint;
    answer    jsonb := '[]';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    FOR item IN
        SELECT named.name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, a.attname,
            CASE WHEN fallback.volatile THEN 'NULL' ELSE coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'NULL') END AS usual,
            (
                WITH RECURSIVE leaf (oid) AS (
                    SELECT c.oid
                    UNION
                    SELECT h.inhrelid FROM leaf JOIN pg_catalog.pg_inherits AS h ON h.inhparent = leaf.oid
                )
                SELECT pg_catalog.sum(pg_catalog.pg_relation_size(leaf.oid)) FROM leaf
            ) / pg_catalog.current_setting('block_size')::bigint > 100000 AS large
        FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.lost_values')::jsonb) AS named (name)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(named.name, '.', 1)
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(named.name, '.', 2)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = pg_catalog.split_part(named.name, '.', 3)
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN LATERAL (
            SELECT pg_catalog.bool_or(f.provolatile <> 'i' OR f.oid >= 16384) OR d.adbin::text LIKE '%SQLVALUEFUNCTION%' AS volatile
            FROM pg_catalog.regexp_matches(d.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS found (part)
            JOIN pg_catalog.pg_proc AS f ON f.oid = found.part[1]::oid
        ) AS fallback ON true
        ORDER BY named.name COLLATE "C"
    LOOP
        IF item.large THEN
            answer := answer || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                'name', item.name, 'problem', 'the table has more than 100,000 pages'));
            CONTINUE;
        END IF;
        BEGIN
            EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %s WHERE %I IS ' || CASE item.usual WHEN 'NULL' THEN 'NOT NULL'
                ELSE 'DISTINCT FROM (%s)' END, item.relation, item.attname, item.usual)
            INTO counted;
            answer := answer || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('name', item.name, 'rows', counted));
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                answer := answer || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('name', item.name, 'problem', SQLERRM));
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('oneroof.lost_values', answer::text, true);
END
$oneroof$;
SELECT answer.entry ->> 'name' AS name, answer.entry ->> 'rows' AS row_count, answer.entry ->> 'problem' AS problem
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.lost_values')::jsonb) WITH ORDINALITY AS answer (entry, place)
ORDER BY answer.place;
