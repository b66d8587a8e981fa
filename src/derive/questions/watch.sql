-- An event trigger that runs during the release. It notes the command tag of every DDL command. In the second run it also gives new
-- sequences another first value. It is in a schema of the build, and no derived text names this schema.
CREATE SCHEMA oneroof_build;
CREATE FUNCTION oneroof_build.note_command() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    made record;
BEGIN
    PERFORM pg_catalog.set_config('oneroof_build.commands',
        coalesce(pg_catalog.current_setting('oneroof_build.commands', true), '') || tg_tag || E'\n', false);
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
