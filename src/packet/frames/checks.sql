DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
    zone   text := pg_catalog.current_setting('TimeZone');
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered, no shape is printed another way.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    PERFORM pg_catalog.set_config('quote_all_identifiers', 'off', true);
    PERFORM pg_catalog.set_config('transform_null_equals', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
{{rows}}
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            -- States compare rows as text, so times are printed in UTC.
            PERFORM pg_catalog.set_config('TimeZone', CASE WHEN item.name LIKE 'state.%' THEN 'UTC' ELSE zone END, true);
{{path}}            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not check: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name,
                'severity', CASE item.severity WHEN 'stop' THEN 'error' ELSE item.severity END, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity <> 'warning' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
            -- The checks that follow would set off what this one names.
            EXIT WHEN item.severity = 'stop';
        END IF;
    END LOOP;
    PERFORM pg_catalog.set_config('TimeZone', zone, true);
{{path_back}}    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is listed above, with what to do and who does it.';
    END IF;
END
$oneroof$;
