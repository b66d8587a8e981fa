-- expected: none
-- hint: These event triggers would run in the release. A superuser disables them for it (ALTER EVENT TRIGGER ... DISABLE), or the release waits.
-- Of the events, only those that the release sets off: by the commands that its tiers and their rollbacks ran when it was built. An
-- extension's own event trigger is another check.
SELECT coalesce(pg_catalog.string_agg(e.evtname || ' (' || e.evtevent || ')', ', ' ORDER BY e.evtname), 'none')
FROM pg_catalog.pg_event_trigger AS e
WHERE e.evtenabled IN ('O', 'A') AND e.evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop')
    AND (e.evttags IS NULL OR e.evttags && ARRAY[{{commands}}]::pg_catalog.text[])
    AND (e.evtevent <> 'sql_drop' OR {{drops}})
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
