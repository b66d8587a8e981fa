-- The server's list of the relations that this backend may have written: every relation on which it holds a mode above RowShareLock. A lock
-- lasts until the transaction ends, so writes by triggers, SECURITY DEFINER functions, partitions, TRUNCATE and nextval all show here.
-- Locks on other objects, such as a function that is dropped or a schema that is commented on, are reported as locks on the catalog.
WITH RECURSIVE held AS (
    SELECT l.relation, l.mode
    FROM pg_catalog.pg_locks AS l
    -- Four plain conditions would make the planner expect one lock and choose nested loops. With one CASE it expects hundreds of locks.
    WHERE CASE l.locktype
        WHEN 'relation' THEN l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.mode IN ('RowExclusiveLock',
            'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        ELSE false
    END
),
-- The names that relations.sql stored before anything was dropped.
noted (oid, name) AS (
    SELECT declared.key::oid, declared.value
    FROM pg_catalog.jsonb_each_text(nullif(pg_catalog.current_setting('oneroof.relation_names', true), '')::jsonb) AS declared
),
-- The relations in the three lists of the packet.
named (list, name, oid) AS (
    SELECT list.key, declared.name,
        pg_catalog.to_regclass(pg_catalog.format('%I.%I', pg_catalog.split_part(declared.name, '.', 1), pg_catalog.split_part(declared.name, '.', 2)))
    FROM (VALUES ('relations'), ('existing'), ('written')) AS list (key)
    CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> list.key) AS declared (name)
),
-- Each partition of an existing table, with the name of the partitioned table.
part (oid, name) AS (
    SELECT h.inhrelid, named.name
    FROM named
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = named.oid
    WHERE named.list = 'existing'
    UNION
    SELECT h.inhrelid, part.name FROM part JOIN pg_catalog.pg_inherits AS h ON h.inhparent = part.oid
)
SELECT
    held.relation                                                                                          AS oid,
    coalesce(noted.name, part.name, n.nspname || '.' || root.relname, 'dropped relation ' || held.relation::text) AS relation,
    coalesce(n.nspname = 'pg_catalog', false)                                                              AS catalog,
    held.mode                                                                                              AS mode
FROM held
LEFT JOIN noted ON noted.oid = held.relation
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = held.relation
-- The lock on an index, a TOAST table or the index of a TOAST table is reported under the name of the table that it belongs to.
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
-- pg_depend names the table of a TOAST table, but not for the server's own catalogs, whose oids are below 16384.
LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = coalesce(i.indrelid, c.oid) AND toast.relkind = 't'
LEFT JOIN LATERAL (
    SELECT d.refobjid
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = toast.oid
        AND d.refclassid = d.classid AND d.deptype = 'i'
    UNION ALL
    SELECT t.oid FROM pg_catalog.pg_class AS t WHERE t.oid < 16384 AND toast.oid < 16384 AND t.reltoastrelid = toast.oid
) AS served (oid) ON true
-- A sequence that serves a column of one of the packet's tables, or of a table that a tier writes, is reported under the table's name. Any other sequence keeps its own name,
-- because no rollback returns the numbers that it gave out.
LEFT JOIN pg_catalog.pg_depend AS owned ON c.relkind = 'S' AND owned.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND owned.objid = c.oid
    AND owned.refclassid = owned.classid AND owned.refobjsubid > 0 AND owned.deptype IN ('a', 'i')
    AND owned.refobjid IN (SELECT named.oid FROM named WHERE named.list IN ('relations', 'written'))
-- LIMIT makes the planner look each relation up, instead of reading all of pg_class.
LEFT JOIN LATERAL (
    SELECT r.oid, r.relname, r.relnamespace
    FROM pg_catalog.pg_class AS r
    WHERE r.oid = coalesce(served.oid, i.indrelid, owned.refobjid, c.oid)
    LIMIT 1
) AS root ON true
-- If the packet lists the partition itself, the lock is reported under its own name.
LEFT JOIN part ON part.oid = root.oid AND NOT EXISTS (SELECT FROM named WHERE named.oid = part.oid)
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = root.relnamespace
UNION ALL
SELECT l.objid, 'object ' || l.objid::text || ' of ' || l.classid::pg_catalog.regclass::text, true, l.mode
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'object'
  AND l.pid = pg_catalog.pg_backend_pid()
  AND l.granted
  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
ORDER BY 2, 4, 1;
