-- For each catalog in which the packet's objects have rows: how many rows belong to the packet's objects, how many other rows there are,
-- and how many of the other rows this transaction made. Run before and after a tier that creates or drops objects, in the tier's
-- transaction, which must have a transaction id. The engine compares the result with the server's counters of what this backend wrote to
-- each catalog (catalog_writes in identity.sql). A catalog that is not listed here must have no write. In a listed catalog every write must
-- be a row of the packet's objects. If the server does not count (track_counts is off), the number of the other rows must not change. If it
-- counts, their number is not read, because a database may have a million of them: it is the number of those that are as young as this
-- transaction. age() counts from the current transaction id. 0 is the current transaction. A negative age is a subtransaction of ours, or a later transaction
-- of another session that has committed, because otherwise its rows would not be visible. Below the upper bound of the snapshot,
-- pg_xact_status tells the two apart. At or above this bound no transaction of another session can be visible, so the row was made by a
-- subtransaction of ours, which is only a little younger than our transaction. A frozen row keeps its very old id, which may look like a
-- much later one, so a large negative age is not ours.
WITH RECURSIVE part (oid) AS (
    -- ALTER TABLE on a partitioned table also changes the catalog rows of its partitions.
    SELECT h.inhrelid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'existing') AS declared (name)
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent
        = pg_catalog.to_regclass(pg_catalog.format('%I.%I', pg_catalog.split_part(declared.name, '.', 1), pg_catalog.split_part(declared.name, '.', 2)))
    UNION
    SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
),
named AS MATERIALIZED (
    SELECT c.oid, c.reltype, c.reltoastrelid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS declared (name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(declared.name, '.', 1)
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(declared.name, '.', 2)
    UNION
    -- The array keeps the planner's estimate small. On PostgreSQL 13 it expects a million rows from the recursive query, and then uses
    -- temporary files, which a role may not be allowed to create.
    SELECT c.oid, c.reltype, c.reltoastrelid
    FROM pg_catalog.unnest(ARRAY(SELECT part.oid FROM part)) AS part (oid)
    JOIN pg_catalog.pg_class AS c ON c.oid = part.oid
),
-- The relations with their indexes and TOAST tables.
family (oid, reltype) AS MATERIALIZED (
    SELECT named.oid, named.reltype FROM named
    UNION ALL
    SELECT i.indexrelid, 0 FROM named JOIN pg_catalog.pg_index AS i ON i.indrelid = named.oid
    UNION ALL
    SELECT c.oid, c.reltype FROM named JOIN pg_catalog.pg_class AS c ON c.oid = named.reltoastrelid
    UNION ALL
    SELECT i.indexrelid, 0 FROM named JOIN pg_catalog.pg_index AS i ON i.indrelid = named.reltoastrelid
    UNION ALL
    -- The sequences that columns own.
    SELECT c.oid, c.reltype
    FROM named
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = named.oid
        AND d.classid = d.refclassid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
),
own_type (oid) AS MATERIALIZED (
    SELECT family.reltype FROM family WHERE family.reltype <> 0
    UNION
    SELECT t.oid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'types') AS declared (name)
    JOIN pg_catalog.pg_type AS t ON t.oid = pg_catalog.to_regtype(pg_catalog.format('%I.%I', pg_catalog.split_part(declared.name, '.', 1), pg_catalog.split_part(declared.name, '.', 2)))
),
-- What the server makes with a type and drops with it: the multirange, the constructors and the cast of a range type.
inner_part (class, oid) AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM own_type
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = own_type.oid AND d.deptype = 'i'
),
whole_type (oid) AS (
    SELECT own_type.oid FROM own_type
    UNION
    SELECT inner_part.oid FROM inner_part WHERE inner_part.class = 'pg_catalog.pg_type'::pg_catalog.regclass
),
-- The types with their array types, and the relation of a composite type.
row_type (oid) AS MATERIALIZED (
    SELECT whole_type.oid FROM whole_type
    UNION
    SELECT t.oid FROM whole_type JOIN pg_catalog.pg_type AS t ON t.typelem = whole_type.oid
),
composite (oid) AS MATERIALIZED (
    SELECT c.oid
    FROM row_type
    JOIN pg_catalog.pg_type AS t ON t.oid = row_type.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
),
routine (oid) AS MATERIALIZED (
    SELECT f.oid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'functions') AS declared (name)
    JOIN pg_catalog.pg_proc AS f ON f.proname = pg_catalog.split_part(pg_catalog.split_part(declared.name, '(', 1), '.', 2)::name
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    WHERE pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = declared.name
    UNION
    -- The constructor functions that CREATE TYPE ... AS RANGE creates for the range type and for its multirange type.
    SELECT d.objid
    FROM row_type
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = row_type.oid AND d.deptype = 'i'
    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
),
schema (oid) AS MATERIALIZED (
    SELECT n.oid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'schemas') AS declared (name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = declared.name
),
made (catalog, ours, xmin) AS (
    SELECT 'pg_class', t.oid IN (SELECT family.oid FROM family) OR t.reltype IN (SELECT row_type.oid FROM row_type), t.xmin
    FROM pg_catalog.pg_class AS t
    UNION ALL
    SELECT 'pg_attribute', t.attrelid IN (SELECT family.oid FROM family UNION ALL SELECT composite.oid FROM composite), t.xmin
    FROM pg_catalog.pg_attribute AS t
    UNION ALL
    SELECT 'pg_attrdef', t.adrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_attrdef AS t
    UNION ALL
    SELECT 'pg_constraint', t.conrelid IN (SELECT family.oid FROM family) OR t.contypid IN (SELECT row_type.oid FROM row_type), t.xmin
    FROM pg_catalog.pg_constraint AS t
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
    SELECT 'pg_aggregate', t.aggfnoid::oid IN (SELECT routine.oid FROM routine), t.xmin FROM pg_catalog.pg_aggregate AS t
    UNION ALL
    SELECT 'pg_namespace', t.oid IN (SELECT schema.oid FROM schema), t.xmin FROM pg_catalog.pg_namespace AS t
    UNION ALL
    SELECT 'pg_sequence', t.seqrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_sequence AS t
    UNION ALL
    SELECT 'pg_policy', t.polrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_policy AS t
    UNION ALL
    SELECT 'pg_statistic_ext', t.stxrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_statistic_ext AS t
    UNION ALL
    SELECT 'pg_enum', t.enumtypid IN (SELECT row_type.oid FROM row_type), t.xmin FROM pg_catalog.pg_enum AS t
    UNION ALL
    SELECT 'pg_range', t.rngtypid IN (SELECT row_type.oid FROM row_type), t.xmin FROM pg_catalog.pg_range AS t
    UNION ALL
    SELECT 'pg_cast', t.oid IN (SELECT inner_part.oid FROM inner_part WHERE inner_part.class = 'pg_catalog.pg_cast'::pg_catalog.regclass), t.xmin
    FROM pg_catalog.pg_cast AS t
    UNION ALL
    SELECT 'pg_inherits', t.inhrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_inherits AS t
    UNION ALL
    SELECT 'pg_partitioned_table', t.partrelid IN (SELECT family.oid FROM family), t.xmin FROM pg_catalog.pg_partitioned_table AS t
    UNION ALL
    SELECT 'pg_description',
        t.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND t.objoid IN (SELECT family.oid FROM family)
        OR t.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND t.objoid IN (SELECT routine.oid FROM routine)
        OR t.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND t.objoid IN (SELECT schema.oid FROM schema)
        OR t.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS k JOIN family ON family.oid = k.conrelid WHERE k.oid = t.objoid)
        OR t.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.objoid IN (SELECT row_type.oid FROM row_type)
        OR t.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS g JOIN family ON family.oid = g.tgrelid WHERE g.oid = t.objoid)
        OR t.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND EXISTS (
            SELECT FROM pg_catalog.pg_policy AS p JOIN family ON family.oid = p.polrelid WHERE p.oid = t.objoid)
        OR t.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND EXISTS (
            SELECT FROM pg_catalog.pg_statistic_ext AS x JOIN family ON family.oid = x.stxrelid WHERE x.oid = t.objoid),
        t.xmin
    FROM pg_catalog.pg_description AS t
),
-- The rows are counted before they are sorted, because there are many rows and few catalogs. Other rows that this transaction cannot have
-- made are left out before they are counted, unless their number is needed.
counted AS MATERIALIZED (
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
    WHERE pg_catalog.age(made.xmin) <= 0 OR made.ours OR (SELECT pg_catalog.current_setting('track_counts') = 'off')
    GROUP BY made.catalog
)
-- Each catalog has a row in the result, even if it is empty.
SELECT known.catalog, coalesce(counted.own, 0) AS own, coalesce(counted.others, 0) AS others, coalesce(counted.beside, 0) AS beside
FROM pg_catalog.unnest(ARRAY[
    'pg_class', 'pg_attribute', 'pg_attrdef', 'pg_constraint', 'pg_index', 'pg_trigger', 'pg_rewrite', 'pg_type', 'pg_proc', 'pg_aggregate', 'pg_namespace',
    'pg_sequence', 'pg_policy', 'pg_statistic_ext', 'pg_enum', 'pg_range', 'pg_cast', 'pg_inherits', 'pg_partitioned_table', 'pg_description'
]) AS known (catalog)
LEFT JOIN counted ON counted.catalog = known.catalog
ORDER BY known.catalog;
