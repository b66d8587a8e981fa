-- expected: none
-- warning
-- hint: These event triggers belong to extensions and run with DDL. What they write in this database is checked before each COMMIT; what they do elsewhere is not known.
SELECT coalesce(pg_catalog.string_agg(e.evtname || ' (' || e.evtevent || ', of ' || x.extname || ')', ', ' ORDER BY e.evtname), 'none')
FROM pg_catalog.pg_event_trigger AS e
JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension AS x ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND x.oid = d.refobjid
WHERE e.evtenabled IN ('O', 'A') AND e.evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop')
