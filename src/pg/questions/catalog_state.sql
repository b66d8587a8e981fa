-- Which rows of the catalogue are the packet's own, and which of the others this transaction made: one row a catalogue in which the
-- packet's objects have rows. Asked before and after a tier that makes or drops them, in its transaction (whose id must be assigned).
-- Beside it stand the server's own counters of what this backend wrote to each catalogue (catalog_writes in identity.sql): a catalogue
-- that is not listed here may show no write at all, and in one that is listed every write must be a row of the packet's. Where nothing
-- is counted (track_counts), the number of the other rows has to stay what it was.
-- age() counts from our own transaction id: 0 is ours, below 0 a subtransaction of ours or another session's later transaction, which
-- has been committed, or we would not see its rows: the server says so of every id that is below the snapshot's upper bound. At or above
-- it nobody has ended yet, so what we see there is a subtransaction's of ours, a little younger than we are; or it is a frozen row, which
-- keeps its id of long ago, and that may look like a much later one.
WITH named AS (
    SELECT c.oid, c.reltype, c.reltoastrelid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS said (name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(said.name, '.', 1)
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(said.name, '.', 2)
),
-- With their indexes and TOAST tables.
family (oid, reltype) AS MATERIALIZED (
    SELECT named.oid, named.reltype FROM named
    UNION ALL
    SELECT i.indexrelid, 0 FROM named JOIN pg_catalog.pg_index AS i ON i.indrelid = named.oid
    UNION ALL
    SELECT c.oid, c.reltype FROM named JOIN pg_catalog.pg_class AS c ON c.oid = named.reltoastrelid
    UNION ALL
    SELECT i.indexrelid, 0 FROM named JOIN pg_catalog.pg_index AS i ON i.indrelid = named.reltoastrelid
),
row_type (oid) AS MATERIALIZED (
    SELECT family.reltype FROM family WHERE family.reltype <> 0
    UNION ALL
    SELECT t.oid FROM family JOIN pg_catalog.pg_type AS t ON t.typelem = family.reltype WHERE family.reltype <> 0
),
routine (oid) AS MATERIALIZED (
    SELECT f.oid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'functions') AS said (name)
    JOIN pg_catalog.pg_proc AS f ON f.oid = pg_catalog.to_regprocedure(said.name)
),
-- A schema that holds nothing else; public is never the packet's.
schema (oid) AS MATERIALIZED (
    SELECT n.oid
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname <> 'public'
      AND EXISTS (
        SELECT
        FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS said (name)
        WHERE pg_catalog.split_part(said.name, '.', 1) = n.nspname)
),
made (catalog, ours, xmin) AS (
    SELECT 'pg_class', t.oid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_class AS t
    UNION ALL
    SELECT 'pg_attribute', t.attrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_attribute AS t
    UNION ALL
    SELECT 'pg_attrdef', t.adrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_attrdef AS t
    UNION ALL
    SELECT 'pg_constraint', t.conrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_constraint AS t
    UNION ALL
    SELECT 'pg_index', t.indrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_index AS t
    UNION ALL
    SELECT 'pg_trigger', t.tgrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_trigger AS t
    UNION ALL
    SELECT 'pg_rewrite', t.ev_class IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_rewrite AS t
    UNION ALL
    SELECT 'pg_type', t.oid IN (SELECT row_type.oid FROM row_type), t.xmin FROM pg_catalog.pg_type AS t
    UNION ALL
    SELECT 'pg_proc', t.oid IN (SELECT routine.oid FROM routine), t.xmin FROM pg_catalog.pg_proc AS t
    UNION ALL
    SELECT 'pg_namespace', t.oid IN (SELECT schema.oid FROM schema), t.xmin FROM pg_catalog.pg_namespace AS t
    UNION ALL
    SELECT 'pg_description',
        t.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND t.objoid IN (SELECT family.oid FROM family)
        OR t.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND t.objoid IN (SELECT routine.oid FROM routine)
        OR t.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND t.objoid IN (SELECT schema.oid FROM schema)
        OR t.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS k JOIN family ON family.oid = k.conrelid WHERE k.oid = t.objoid),
        t.xmin
    FROM pg_catalog.pg_description AS t
)
SELECT
    made.catalog,
    pg_catalog.count(*) FILTER (WHERE made.ours)                                          AS own,
    pg_catalog.count(*) FILTER (WHERE NOT made.ours)                                      AS others,
    pg_catalog.count(*) FILTER (WHERE NOT made.ours AND CASE
        WHEN pg_catalog.age(made.xmin) > 0 THEN false
        WHEN pg_catalog.age(made.xmin) = 0 THEN true
        WHEN -pg_catalog.age(made.xmin) < ended.below
            THEN pg_catalog.pg_xact_status((pg_catalog.pg_current_xact_id()::text::bigint - pg_catalog.age(made.xmin))::text::pg_catalog.xid8) = 'in progress'
        ELSE -pg_catalog.age(made.xmin) < 1000
    END)                                                                                  AS beside
FROM made
CROSS JOIN (
    SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - pg_catalog.pg_current_xact_id()::text::bigint
) AS ended (below)
GROUP BY made.catalog
ORDER BY made.catalog;
