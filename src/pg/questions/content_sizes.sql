-- The sizes of the governed tables in bytes. The client hashes a large table row by row, so that the server does not need memory for it.
SELECT governed.entry ->> 'table' AS "table", pg_catalog.pg_table_size(c.oid) AS bytes
FROM pg_catalog.jsonb_array_elements(
    coalesce(nullif(pg_catalog.current_setting('oneroof.governed', true), ''), '[]')::jsonb) WITH ORDINALITY AS governed (entry, place)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(governed.entry ->> 'table', '.', 1)
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(governed.entry ->> 'table', '.', 2)
    AND c.relkind = 'r'
ORDER BY governed.place;
