-- Removes the shadow: what deploy put there, and nothing else. The frame; the engine puts the rollbacks of the same tiers into it.
-- A row or an object that someone else put there stops it, by name: nothing is dropped by CASCADE.
-- Run by `oneroof shadow drop`. Writes: the schema oneroof_shadow.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
END
$oneroof$;

DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
                ('transaction', 'error', 'read write',
                    $q$SELECT CASE pg_catalog.current_setting('transaction_read_only') WHEN 'off' THEN 'read write' ELSE 'read only' END$q$,
                    'Run the file inside one transaction that may write: psql -1 -v ON_ERROR_STOP=1 -f, or 99_run_all.sql, or oneroof.'),
                ('database', 'error', 'directus', $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus.'),
                ('shadow.schema', 'error', 'there',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('oneroof_shadow') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'There is no shadow to remove.')
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not be asked: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name, 'severity', item.severity, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity = 'error' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
        END IF;
    END LOOP;
    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is told above, with what to do and who does it.';
    END IF;
END
$oneroof$;
-- oneroof:body
DROP SCHEMA oneroof_shadow;
-- oneroof:assert
DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
                ('shadow.schema', 'error', 'absent',
                    $q$SELECT CASE WHEN pg_catalog.to_regnamespace('oneroof_shadow') IS NULL THEN 'absent' ELSE 'there' END$q$,
                    'The shadow was not removed, so nothing was changed.')
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not be asked: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name, 'severity', item.severity, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity = 'error' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
        END IF;
    END LOOP;
    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is told above, with what to do and who does it.';
    END IF;
END
$oneroof$;

-- Back to what the session began with.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', NULL, false);
END
$oneroof$;
