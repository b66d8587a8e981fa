-- The row count and a content digest of every table in the database. It only reads. One row for each table, a hundred tables at a time:
-- those whose names follow oneroof.row_counts_after. For a table that could not be read, the result gives the reason.
--
-- Each row is hashed separately, and the hashes are added. So the order on disk and the size of the table do not matter, and nothing is
-- sorted. The columns are ordered by name, because a restore may change their order.
DO $oneroof$
DECLARE
    item    record;
    counted bigint;
    hashed  text;
    answer    jsonb := '[]';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    -- Times are compared in UTC, because the two databases may have different time zones.
    PERFORM pg_catalog.set_config('TimeZone', 'UTC', true);
    FOR item IN
        SELECT named.relation, (
                SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('t.%I', a.attname), ', ' ORDER BY a.attname COLLATE "C"), '')
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = named.oid AND a.attnum > 0 AND NOT a.attisdropped
            ) AS list
        FROM (
            SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) COLLATE "C" AS relation
            FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        ) AS named
        WHERE named.relation > coalesce(pg_catalog.current_setting('oneroof.row_counts_after', true), '') COLLATE "C"
        ORDER BY named.relation
        LIMIT 100
    LOOP
        BEGIN
            EXECUTE pg_catalog.format($q$
                SELECT pg_catalog.count(*),
                    pg_catalog.concat(pg_catalog.sum(('x' || pg_catalog.left(line.hash, 16))::bit(64)::bigint), ' ',
                        pg_catalog.sum(('x' || pg_catalog.substr(line.hash, 17, 16))::bit(64)::bigint))
                FROM (
                    SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(ROW(%s)::text, 'UTF8')), 'hex') AS hash
                    FROM ONLY %s AS t) AS line$q$, item.list, item.relation)
            INTO counted, hashed;
            answer := answer || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                'name', item.relation, 'rows', counted, 'digest', hashed));
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                answer := answer || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('name', item.relation, 'problem', SQLERRM));
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('oneroof.row_counts', answer::text, true);
END
$oneroof$;
SELECT counted.entry ->> 'name' AS name, counted.entry ->> 'rows' AS row_count, counted.entry ->> 'digest' AS digest,
    counted.entry ->> 'problem' AS problem
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.row_counts')::jsonb) WITH ORDINALITY AS counted (entry, place)
ORDER BY counted.place;
