WITH RECURSIVE part (name, does, oid) AS (
    SELECT wanted.name, wanted.does, {{oid}}::oid
    FROM (VALUES {{writes}}) AS wanted (name, does)
    UNION
    SELECT part.name, part.does, h.inhrelid
    FROM part
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
)
