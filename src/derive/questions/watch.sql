-- Two event triggers that run during the build. They are in a schema of the build, which never appears in derived.toml.
-- oneroof_build notes the command tag of every DDL command and the tables that CREATE TABLE AS makes. In the second run it also moves new
-- sequences to another first value. oneroof_build_drop notes the relations that are dropped.
CREATE SCHEMA oneroof_build;
CREATE FUNCTION oneroof_build.note_command() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    made record;
BEGIN
    PERFORM pg_catalog.set_config('oneroof_build.commands',
        coalesce(pg_catalog.current_setting('oneroof_build.commands', true), '') || tg_tag || E'\n', false);
    IF tg_tag IN ('CREATE TABLE AS', 'SELECT INTO') THEN
        PERFORM pg_catalog.set_config('oneroof_build.copied', coalesce(pg_catalog.current_setting('oneroof_build.copied', true), '') || coalesce((
            SELECT pg_catalog.string_agg(n.nspname || '.' || c.relname || E'\n', '')
            FROM pg_catalog.pg_event_trigger_ddl_commands() AS d
            JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace), ''), false);
    END IF;
    IF pg_catalog.current_setting('oneroof_build.shift', true) = 'on' THEN
        FOR made IN
            SELECT s.seqrelid, s.seqstart, s.seqincrement, s.seqmax, s.seqmin
            FROM pg_catalog.pg_event_trigger_ddl_commands() AS c
            JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.objid
            WHERE c.command_tag = 'CREATE SEQUENCE' AND c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        LOOP
            PERFORM pg_catalog.setval(made.seqrelid,
                greatest(made.seqmin, least(made.seqmax, made.seqstart + 1000 * made.seqincrement)), false);
        END LOOP;
    END IF;
END
$body$;
CREATE EVENT TRIGGER oneroof_build ON ddl_command_end EXECUTE FUNCTION oneroof_build.note_command();
CREATE FUNCTION oneroof_build.note_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM pg_catalog.set_config('oneroof_build.dropped', coalesce(pg_catalog.current_setting('oneroof_build.dropped', true), '') || coalesce((
        SELECT pg_catalog.string_agg(gone.schema_name || '.' || gone.object_name || E'\n', '')
        FROM pg_catalog.pg_event_trigger_dropped_objects() AS gone
        WHERE gone.object_type IN ('table', 'view', 'materialized view', 'sequence')), ''), false);
END
$body$;
CREATE EVENT TRIGGER oneroof_build_drop ON sql_drop EXECUTE FUNCTION oneroof_build.note_drop();
