-- How relations depend on each other: foreign keys (relation, other), foreign keys that cascade, the columns that they refer to, triggers (relation, name),
-- partitions and inheritance children (relation, other), and the relations that a view reads, directly or through other views.
WITH RECURSIVE own (oid, name, relkind) AS (
    SELECT c.oid, n.nspname || '.' || c.relname, c.relkind
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
), reached (root, oid) AS (
    SELECT own.name, own.oid FROM own WHERE own.relkind = 'v'
    UNION
    SELECT reached.root, d.refobjid
    FROM reached
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> reached.oid
    JOIN own ON own.oid = reached.oid AND own.relkind = 'v'
)
SELECT 'foreign key' AS kind, own.name AS relation, target.name AS other, k.conname AS name
FROM pg_catalog.pg_constraint AS k
JOIN own ON own.oid = k.conrelid
JOIN own AS target ON target.oid = k.confrelid
WHERE k.contype = 'f'
UNION ALL
-- A statement that deletes or updates rows of the other table may change rows of this one.
SELECT 'cascade', own.name, target.name, ''
FROM pg_catalog.pg_constraint AS k
JOIN own ON own.oid = k.conrelid
JOIN own AS target ON target.oid = k.confrelid
WHERE k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
UNION ALL
SELECT 'column', own.name, target.name, a.attname
FROM pg_catalog.pg_constraint AS k
JOIN own ON own.oid = k.conrelid
JOIN own AS target ON target.oid = k.confrelid
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
WHERE k.contype = 'f'
UNION ALL
-- One row for each pair of columns of a foreign key. The last value has three lines: the name of the key, the referencing column and the
-- referenced column.
SELECT 'pair', own.name, target.name, pg_catalog.concat_ws(E'\n', k.conname, mine.attname, theirs.attname)
FROM pg_catalog.pg_constraint AS k
JOIN own ON own.oid = k.conrelid
JOIN own AS target ON target.oid = k.confrelid
CROSS JOIN ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS pair (mine, theirs)
JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = k.conrelid AND mine.attnum = pair.mine
JOIN pg_catalog.pg_attribute AS theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = pair.theirs
WHERE k.contype = 'f' AND k.conparentid = 0
UNION ALL
SELECT 'trigger', own.name, '', g.tgname
FROM pg_catalog.pg_trigger AS g
JOIN own ON own.oid = g.tgrelid
WHERE NOT g.tgisinternal
UNION ALL
SELECT 'child', own.name, parent.name, ''
FROM pg_catalog.pg_inherits AS h
JOIN own ON own.oid = h.inhrelid
JOIN own AS parent ON parent.oid = h.inhparent
WHERE own.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT DISTINCT 'reads', reached.root, own.name, ''
FROM reached
JOIN own ON own.oid = reached.oid AND own.name <> reached.root
ORDER BY 1, 2, 3, 4;
