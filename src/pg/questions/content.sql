-- The content digest of the governed tables. There is one row for each table, with its row count and the SHA-256 of its rows as text. The
-- setting oneroof.governed lists the tables: [{"table": "public.x", "columns": ["a", "b"]}, ...].
--
-- The text of a row is ROW(columns)::text. The rows are sorted by the bytes of this text, and a newline ends each row. So no key is needed,
-- and equal content has equal digests in any order on disk. The text depends on settings such as DateStyle and TimeZone, which the caller
-- pins. If a table or column is missing or may not be read, there is neither count nor digest, and the column problem gives the reason. The
-- same holds for a table of more than 10,000 pages, because its rows would not fit into one text value and reading them would delay the
-- release.
DO $oneroof$
DECLARE
    item    record;
    counted bigint;
    hashed  text;
    problem text;
    content jsonb := '[]';
    memory  text := pg_catalog.current_setting('work_mem');
    price   text := pg_catalog.current_setting('parallel_tuple_cost');
    workers text := pg_catalog.current_setting('max_parallel_workers_per_gather');
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    -- A sort that spills to disk takes a third more time.
    PERFORM pg_catalog.set_config('work_mem', '64MB', true);
    -- One parallel worker may help to sort the rows of a table, if the server allows workers. With the default price of a row that a worker
    -- hands over, the planner would not use it.
    PERFORM pg_catalog.set_config('parallel_tuple_cost', '0.001', true);
    PERFORM pg_catalog.set_config('max_parallel_workers_per_gather', least(workers::integer, 1)::text, true);
    FOR item IN
        SELECT governed.entry ->> 'table' AS name,
            pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS relation,
            c.relkind,
            wanted.list,
            wanted.absent,
            measured.bytes > 10000 * pg_catalog.current_setting('block_size')::bigint AS is_large
        FROM pg_catalog.jsonb_array_elements(
            coalesce(nullif(pg_catalog.current_setting('oneroof.governed', true), ''), '[]')::jsonb) WITH ORDINALITY AS governed (entry, place)
        LEFT JOIN (pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)
            ON n.nspname = pg_catalog.split_part(governed.entry ->> 'table', '.', 1)
            AND c.relname = pg_catalog.split_part(governed.entry ->> 'table', '.', 2)
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        LEFT JOIN LATERAL (
            SELECT pg_catalog.string_agg(pg_catalog.format('%I', col.name), ', ' ORDER BY col.place) AS list,
                pg_catalog.string_agg(col.name, ', ' ORDER BY col.place) FILTER (WHERE a.attname IS NULL) AS absent
            FROM pg_catalog.jsonb_array_elements_text(governed.entry -> 'columns') WITH ORDINALITY AS col (name, place)
            LEFT JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = c.oid AND a.attname = col.name AND a.attnum > 0 AND NOT a.attisdropped
        ) AS wanted ON true
        LEFT JOIN LATERAL (
            -- The table, its partitions and its inheritance children.
            WITH RECURSIVE part (oid) AS (
                SELECT c.oid WHERE c.relkind IN ('r', 'p')
                UNION
                SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
            )
            SELECT pg_catalog.sum(pg_catalog.pg_relation_size(part.oid)) AS bytes FROM part
        ) AS measured ON true
        ORDER BY governed.place
    LOOP
        counted := NULL;
        hashed := NULL;
        problem := CASE
            WHEN item.relation IS NULL THEN 'missing'
            -- A view of this name is not read, because this would run the functions that it calls.
            WHEN item.relkind NOT IN ('r', 'p') THEN 'not a table'
            WHEN item.absent IS NOT NULL THEN 'missing columns: ' || item.absent
            WHEN item.list IS NULL THEN 'no columns named'
            WHEN item.is_large THEN 'more than 10,000 pages'
        END;
        IF problem IS NULL THEN
            BEGIN
                EXECUTE pg_catalog.format($q$
                    SELECT pg_catalog.count(*),
                        pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                            coalesce(pg_catalog.string_agg(line.text, E'\n') || E'\n', ''), 'UTF8')), 'hex')
                    FROM (SELECT ROW(%s)::text COLLATE "C" FROM %s ORDER BY 1) AS line (text)$q$, item.list, item.relation)
                INTO counted, hashed;
            EXCEPTION
                WHEN insufficient_privilege THEN
                    problem := SQLERRM;
            END;
        END IF;
        content := content || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'table', item.name, 'count', counted, 'digest', hashed, 'problem', problem, 'large', coalesce(item.is_large, false)));
    END LOOP;
    PERFORM pg_catalog.set_config('work_mem', memory, true);
    PERFORM pg_catalog.set_config('parallel_tuple_cost', price, true);
    PERFORM pg_catalog.set_config('max_parallel_workers_per_gather', workers, true);
    PERFORM pg_catalog.set_config('oneroof.content', content::text, true);
END
$oneroof$;
SELECT answer.entry ->> 'table' AS "table",
    (answer.entry ->> 'count')::bigint AS row_count,
    answer.entry ->> 'digest' AS digest,
    answer.entry ->> 'problem' AS problem,
    (answer.entry -> 'large')::boolean AS large
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.content')::jsonb) WITH ORDINALITY AS answer (entry, place)
ORDER BY answer.place;
