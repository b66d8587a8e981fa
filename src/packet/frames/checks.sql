DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
    zone   text := pg_catalog.current_setting('TimeZone');
{{declare}}BEGIN
    -- These settings also make the file safe if it is run alone. No name below can be shadowed, row security filters no count, and shapes
    -- print the same on every server.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    PERFORM pg_catalog.set_config('quote_all_identifiers', 'off', true);
    PERFORM pg_catalog.set_config('transform_null_equals', 'off', true);
    -- Rows are compared as text, and the SQL of a tier may have set another form.
    PERFORM pg_catalog.set_config('DateStyle', 'ISO, YMD', true);
    PERFORM pg_catalog.set_config('IntervalStyle', 'postgres', true);
    PERFORM pg_catalog.set_config('bytea_output', 'hex', true);
    PERFORM pg_catalog.set_config('extra_float_digits', '1', true);
    PERFORM pg_catalog.set_config('xmloption', 'content', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
{{rows}}
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- If a query fails, its check counts as not met, and the list continues. A cancel, a shutdown, a lock that was not available or a
        -- deadlock comes from outside and says nothing about the check. Such an error ends the part.
        BEGIN
            -- States compare rows as text, so timestamps are printed in UTC.
            PERFORM pg_catalog.set_config('TimeZone', CASE WHEN item.name LIKE 'state.%' THEN 'UTC' ELSE zone END, true);
{{author}}{{path}}            EXECUTE item.question INTO actual;
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
{{lacking}}        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- The level is INFO, because a role's client_min_messages can hide a NOTICE but never an INFO.
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
            -- The later checks would call the functions that this check found, so the list ends here.
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
