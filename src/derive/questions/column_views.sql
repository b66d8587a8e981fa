-- The views that read a column, except views that existed in the build. The build writes this query into derived.toml, on one line and without this comment.
SELECT coalesce(pg_catalog.string_agg(DISTINCT w.ev_class::pg_catalog.regclass::text, ', '), 'none')
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid
    AND d.refobjsubid = a.attnum AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
WHERE a.attrelid = pg_catalog.to_regclass({table}) AND a.attname = {column}
    AND w.ev_class::pg_catalog.regclass::text <> ALL (ARRAY[{known}]::text[]);
