-- Lists what needs an index that a tier drops. What needed it in the build too is left out. The build writes this query into derived.toml, on one line
-- and without this comment. A foreign key depends on the index, and a view that groups by the primary key depends on the constraint. A dropped index may be the
-- replica identity of its table, or the index by which CLUSTER ordered the table.
SELECT coalesce(pg_catalog.string_agg(DISTINCT uses.words, ', '), 'none')
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_constraint AS own ON own.conrelid = i.indrelid AND own.conindid = i.indexrelid AND own.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('foreign key %s of %s', k.conname, k.conrelid::pg_catalog.regclass)
    FROM pg_catalog.pg_constraint AS k
    WHERE k.contype = 'f' AND k.confrelid = i.indrelid AND k.conindid = i.indexrelid AND k.conparentid = 0 AND {unknown_key}
    UNION ALL
    SELECT view.words
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_rewrite AS w ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid
    CROSS JOIN LATERAL (SELECT w.ev_class::pg_catalog.regclass::text) AS view (words)
    WHERE d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = own.oid AND view.words <> ALL (ARRAY[{views}]::text[])
    UNION ALL
    SELECT 'function ' || d.objid::pg_catalog.regprocedure::text
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = own.oid
    UNION ALL
    SELECT 'constraint ' || own.conname WHERE {constraint}
    UNION ALL
    SELECT 'the replica identity' WHERE i.indisreplident AND {identity}
    UNION ALL
    SELECT 'the mark of CLUSTER' WHERE i.indisclustered AND {cluster}
) AS uses (words)
WHERE i.indrelid = pg_catalog.to_regclass({table}) AND c.relname = {index};
