-- What uses a column, except what existed in the build. The build writes this query into derived.toml, on one line and without this comment.
-- If a generated column uses the column, pg_depend has a row for that. In PostgreSQL 13 and 14 the row refers to the generated column (pg_class).
-- From PostgreSQL 15 on it refers to the expression of the generated column (pg_attrdef). The server makes extended statistics and indexes of
-- the column anew: the new ones have no statistics target, and the statistics belong to the role that changes the type. The server makes the foreign
-- keys of the column anew as well, and locks the other table for that.
SELECT coalesce(pg_catalog.string_agg(DISTINCT uses.words, ', '), 'none')
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid
    AND d.refobjsubid = a.attnum
LEFT JOIN pg_catalog.pg_rewrite AS w ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid
LEFT JOIN pg_catalog.pg_trigger AS t ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = d.objid AND NOT t.tgisinternal
LEFT JOIN pg_catalog.pg_policy AS p ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = d.objid
LEFT JOIN pg_catalog.pg_proc AS f ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = d.objid
LEFT JOIN pg_catalog.pg_statistic_ext AS s ON d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND s.oid = d.objid
    AND (s.stxowner::pg_catalog.regrole::text <> pg_catalog.quote_ident(current_user) OR pg_catalog.to_jsonb(s) ->> 'stxstattarget' <> '-1')
LEFT JOIN pg_catalog.pg_index AS i ON d.classid = d.refclassid AND i.indexrelid = d.objid AND EXISTS (
    SELECT FROM pg_catalog.pg_attribute AS part WHERE part.attrelid = i.indexrelid AND pg_catalog.to_jsonb(part) ->> 'attstattarget' <> '-1')
LEFT JOIN pg_catalog.pg_constraint AS k ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid AND k.contype = 'f'
    AND k.conparentid = 0 AND k.conrelid <> k.confrelid AND {unknown_key}
LEFT JOIN pg_catalog.pg_attrdef AS e ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND e.oid = d.objid
LEFT JOIN pg_catalog.pg_attribute AS g ON g.attrelid = a.attrelid AND g.attnum <> a.attnum
    AND (g.attnum = e.adnum OR d.classid = d.refclassid AND d.objid = g.attrelid AND d.objsubid = g.attnum)
CROSS JOIN LATERAL (
    SELECT coalesce(w.ev_class::pg_catalog.regclass::text, 'trigger ' || t.tgname, 'policy ' || p.polname, 'generated column ' || g.attname,
        'function ' || f.oid::pg_catalog.regprocedure::text, 'foreign key ' || k.conname || ' of ' || k.conrelid::pg_catalog.regclass::text,
        'statistics ' || s.stxname, 'index ' || i.indexrelid::pg_catalog.regclass::text,
        CASE d.classid WHEN 'pg_catalog.pg_publication_rel'::pg_catalog.regclass
            THEN (pg_catalog.pg_identify_object(d.classid, d.objid, 0)).identity END)
) AS uses (words)
WHERE a.attrelid = pg_catalog.to_regclass({table}) AND a.attname = {column}
    AND uses.words <> ALL (ARRAY[{known}]::text[]);
