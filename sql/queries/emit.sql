-- Stage D of a clone: one attempt to emit a governance event, only on a clone. `oneroof clone run` sends it in a transaction that ends with
-- ROLLBACK, and each attempt is also rolled back by itself. An attempt advances only the sequence of the clone's outbox.
-- The setting oneroof.emit describes the attempt:
--   {"type": an event type of the governance domain, "active": make it active first, "table" and "place": the row of the outbox to copy
--    columns from (both absent for none), "without": a trigger of the outbox to disable, "forced": disable the registry's own triggers,
--    "path": the search_path of the source, with which its triggers run}
-- Returns one row: step (without, activate, emit: the step that failed; done: no step failed), written (rows), state, message and context.
DO $oneroof$
DECLARE
    request    jsonb := coalesce(nullif(pg_catalog.current_setting('oneroof.emit', true), ''), '{}');
    kind    text := request ->> 'type';
    source  text := request ->> 'table';
    place   text := request ->> 'place';
    path    text := coalesce(request ->> 'path', 'pg_catalog, pg_temp');
    active  boolean := coalesce((request ->> 'active')::boolean, false);
    forced  boolean := coalesce((request ->> 'forced')::boolean, false);
    step    text := 'without';
    written bigint := 0;
    beside  text;
    lent    text;
    insert  text;
    state   text;
    message text;
    context text;
BEGIN
    IF pg_catalog.current_database() !~ '^directus_gov_test_[0-9]{8}$' OR pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR002', MESSAGE = 'an emit is tried on a clone only, in clone mode', HINT = 'Nothing was tried.';
    END IF;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    -- The other columns to copy from that row: those without a default or identity, and without a unique index.
    SELECT coalesce(pg_catalog.string_agg(pg_catalog.format(', %I', a.attname), '' ORDER BY a.attnum), ''),
        coalesce(pg_catalog.string_agg(pg_catalog.format(', shape.%I', a.attname), '' ORDER BY a.attnum), '')
    INTO beside, lent
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = 'public.event_outbox'::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT a.atthasdef AND a.attidentity = '' AND a.attname NOT IN ('event_type', 'payload', 'created_at')
        AND place IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey));
    insert := pg_catalog.concat(
        'INSERT INTO public.event_outbox (event_type, payload, created_at', beside, ') SELECT registered.event_type, ',
        CASE WHEN place IS NULL THEN '''{"tried": "by the clone pipeline"}''' ELSE 'shape.payload' END, ', pg_catalog.now()', lent,
        ' FROM public.event_type_registry AS registered',
        CASE WHEN place IS NOT NULL THEN ' CROSS JOIN public.event_outbox AS shape' END,
        ' WHERE registered.event_type::pg_catalog.text OPERATOR(pg_catalog.=) $1'
            ' AND registered.domain::pg_catalog.text OPERATOR(pg_catalog.=) ''governance''::pg_catalog.text',
        CASE WHEN place IS NOT NULL THEN ' AND shape.tableoid OPERATOR(pg_catalog.=) $2::pg_catalog.oid'
            ' AND shape.ctid OPERATOR(pg_catalog.=) $3::pg_catalog.tid' END,
        ' LIMIT 1');
    BEGIN
        IF request ->> 'without' IS NOT NULL THEN
            EXECUTE pg_catalog.format('ALTER TABLE public.event_outbox DISABLE TRIGGER %I', request ->> 'without');
        END IF;
        step := 'activate';
        IF forced THEN
            ALTER TABLE public.event_type_registry DISABLE TRIGGER USER;
        END IF;
        -- From here on the application's triggers run, with the search_path of the source. Names in this file's statements are qualified.
        PERFORM pg_catalog.set_config('search_path', path, true);
        IF active THEN
            EXECUTE 'UPDATE public.event_type_registry AS registered SET active = true '
                'WHERE registered.domain::pg_catalog.text OPERATOR(pg_catalog.=) ''governance''::pg_catalog.text '
                'AND registered.event_type::pg_catalog.text OPERATOR(pg_catalog.=) $1' USING kind;
            EXECUTE 'SET CONSTRAINTS ALL IMMEDIATE';
            EXECUTE 'SELECT pg_catalog.count(*) FROM public.event_type_registry AS registered WHERE registered.active '
                'AND registered.event_type::pg_catalog.text OPERATOR(pg_catalog.=) $1' INTO written USING kind;
            IF written OPERATOR(pg_catalog.=) 0 THEN
                RAISE EXCEPTION USING ERRCODE = 'OR004', MESSAGE = 'the registry kept the event type inactive';
            END IF;
            written := 0;
        END IF;
        step := 'emit';
        EXECUTE insert USING kind, source, place;
        GET DIAGNOSTICS written = ROW_COUNT;
        EXECUTE 'SET CONSTRAINTS ALL IMMEDIATE';
        step := 'done';
        RAISE EXCEPTION USING ERRCODE = 'OR004', MESSAGE = 'rolled back';
    EXCEPTION
        WHEN operator_intervention THEN
            RAISE;
        WHEN OTHERS OR assert_failure THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
    END;
    PERFORM pg_catalog.set_config('oneroof.emitted', pg_catalog.jsonb_build_object(
        'step', step, 'written', written, 'state', state, 'message', message, 'context', context)::text, true);
END
$oneroof$;
SELECT answer.entry ->> 'step' AS step, answer.entry ->> 'written' AS written, answer.entry ->> 'state' AS state,
    answer.entry ->> 'message' AS message, answer.entry ->> 'context' AS context
FROM (SELECT pg_catalog.current_setting('oneroof.emitted')::jsonb AS entry) AS answer;
