effect (words) AS (
    -- The triggers of the table and of its partitions. The server copies a trigger of a partitioned table to each partition, under the same
    -- name, so it is listed once.
    SELECT pg_catalog.format('trigger %s of %s', g.tgname, part.name)
    FROM part
    JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = part.oid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
    WHERE part.does LIKE '%insert%' AND g.tgtype & 4 <> 0
        OR part.does LIKE '%delete%' AND g.tgtype & 8 <> 0
        OR part.does LIKE '%update%' AND g.tgtype & 16 <> 0
    UNION
    SELECT pg_catalog.format('rule %s of %s', r.rulename, part.name)
    FROM part
    JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = part.oid AND r.ev_enabled IN ('O', 'A')
    WHERE part.does LIKE '%update%' AND r.ev_type = '2'
        OR part.does LIKE '%insert%' AND r.ev_type = '3'
        OR part.does LIKE '%delete%' AND r.ev_type = '4'
    UNION
    -- Foreign keys of other tables with ON DELETE or ON UPDATE actions, which would delete or change rows there.
    SELECT pg_catalog.format('foreign key %s of %s', k.conname, k.conrelid::pg_catalog.regclass)
    FROM part
    JOIN pg_catalog.pg_constraint AS k ON k.confrelid = part.oid AND k.contype = 'f' AND k.conparentid = 0
    WHERE part.does LIKE '%delete%' AND k.confdeltype IN ('c', 'n', 'd')
        OR part.does LIKE '%update%' AND k.confupdtype IN ('c', 'n', 'd')
    UNION
    -- If a publication sends UPDATE or DELETE, the server refuses these for a table without a replica identity. From PostgreSQL 15 on a publication
    -- may include a schema. Older servers have no catalog for this, so pg_depend gives the schemas.
    SELECT pg_catalog.format('publication %s of %s, which has no replica identity', p.pubname, part.name)
    FROM part
    JOIN pg_catalog.pg_class AS c ON c.oid = part.oid AND c.relkind = 'r' AND c.relpersistence = 'p'
    JOIN pg_catalog.pg_publication AS p ON part.does LIKE '%update%' AND p.pubupdate OR part.does LIKE '%delete%' AND p.pubdelete
    WHERE c.relreplident <> 'f'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)
        AND (p.puballtables
            OR EXISTS (
                SELECT FROM pg_catalog.pg_publication_rel AS r
                JOIN part AS other ON other.oid = r.prrelid
                WHERE r.prpubid = p.oid AND other.name = part.name)
            OR EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_depend AS s ON s.classid = d.classid AND s.objid = d.objid
                    AND s.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND s.refobjid = c.relnamespace
                WHERE d.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND d.refobjid = p.oid
                    AND d.classid = pg_catalog.to_regclass('pg_catalog.pg_publication_namespace')))
    UNION
    -- The NOT NULL columns without a default. An INSERT that leaves one out fails.
    SELECT pg_catalog.format('column %s of %s', a.attname, part.name)
    FROM part
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = part.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
    WHERE part.does LIKE '%insert%'
)
