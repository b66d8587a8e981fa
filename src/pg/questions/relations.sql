-- Stores the names of the packet's relations for the rest of the transaction. After a DROP, the oid of a lock would not show which relation
-- it belongs to. An index or TOAST table has the name of its table here. A partition of an existing table has the name
-- of the partitioned table.
WITH RECURSIVE part (oid, name) AS (
    SELECT h.inhrelid, declared.name
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'existing') AS declared (name)
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent
        = pg_catalog.to_regclass(pg_catalog.format('%I.%I', pg_catalog.split_part(declared.name, '.', 1), pg_catalog.split_part(declared.name, '.', 2)))
    UNION
    SELECT h.inhrelid, part.name FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
)
SELECT
    pg_catalog.length(pg_catalog.set_config('oneroof.relation_names', coalesce((
        -- A partition that the packet lists itself appears twice. Its own name comes last and is kept.
        SELECT pg_catalog.jsonb_object_agg(family.oid::text, declared.name ORDER BY declared.place)::text
        FROM (
            SELECT 2, c.oid, declared.name
            FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS declared (name)
            JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(declared.name, '.', 1)
            JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(declared.name, '.', 2)
            UNION ALL
            SELECT 1, part.oid, part.name FROM part
        ) AS declared (place, oid, name)
        JOIN pg_catalog.pg_class AS c ON c.oid = declared.oid
        CROSS JOIN LATERAL (
            SELECT c.oid
            UNION ALL
            SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid
            UNION ALL
            SELECT c.reltoastrelid WHERE c.reltoastrelid <> 0
            UNION ALL
            SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.reltoastrelid AND c.reltoastrelid <> 0
            UNION ALL
            SELECT s.oid
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid AND d.refobjid = c.oid
                AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        ) AS family (oid)
    ), '{}'), true)) > 0 AS named;
