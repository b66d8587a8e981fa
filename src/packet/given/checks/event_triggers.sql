-- expected: none
-- hint: These event triggers would run during the release. A superuser disables them until it has ended (ALTER EVENT TRIGGER ... DISABLE).
-- Only event triggers that the release would fire are listed: those for the commands that its tiers and their rollbacks ran when the
-- release was built. A separate check lists the event triggers of extensions.
SELECT coalesce(pg_catalog.string_agg(e.evtname || ' (' || e.evtevent || ')', ', ' ORDER BY e.evtname), 'none')
FROM pg_catalog.pg_event_trigger AS e
WHERE e.evtenabled IN ('O', 'A') AND e.evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop')
    AND (e.evttags IS NULL OR e.evttags && ARRAY[{{commands}}]::pg_catalog.text[])
    AND (e.evtevent <> 'sql_drop' OR {{drops}})
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
