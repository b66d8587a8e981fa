WITH RECURSIVE part (name, does, oid) AS (
    SELECT wanted.name, wanted.does, pg_catalog.to_regclass(pg_catalog.format('%I.%I',
        pg_catalog.split_part(wanted.name, '.', 1), pg_catalog.split_part(wanted.name, '.', 2)))::oid
    FROM (VALUES {{writes}}) AS wanted (name, does)
    UNION
    SELECT part.name, part.does, h.inhrelid
    FROM part
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
)
