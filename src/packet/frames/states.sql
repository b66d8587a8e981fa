-- The state of each tier, one row for each tier. absent: no part of the tier exists. applied: exactly what was shipped, rows and shape.
-- altered: neither of the two, with the first difference in words. The query only reads. Run it inside one transaction, which may be READ
-- ONLY.
DO $oneroof$
DECLARE
    item  record;
    state text;
    answer  jsonb := '[]';
    zone  text := pg_catalog.current_setting('TimeZone');
{{declare}}    lacking boolean := false;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    PERFORM pg_catalog.set_config('quote_all_identifiers', 'off', true);
    PERFORM pg_catalog.set_config('transform_null_equals', 'off', true);
    FOR item IN
        SELECT listed.tier, listed.name, listed.question
        FROM (
            VALUES
{{rows}}
        ) AS listed (tier, name, question)
        ORDER BY listed.tier
    LOOP
        -- If the state of a tier cannot be read, the tier is altered: a column or a whole table may be gone.
        BEGIN
            PERFORM pg_catalog.set_config('TimeZone', 'UTC', true);
{{author}}            EXECUTE item.question INTO state;
        EXCEPTION
            -- If this role lacks a privilege, the state is not known, and the tier may be intact. So the error is raised again.
            WHEN operator_intervention OR lock_not_available OR deadlock_detected OR insufficient_privilege THEN
                RAISE;
            WHEN OTHERS THEN
                state := CASE
                    -- The tier reads a table or column that a lower tier creates, and that lower tier is absent.
                    WHEN lacking AND SQLSTATE IN ('42703', '42P01') THEN 'absent'
                    ELSE pg_catalog.format('altered: could not be read: %s (%s)', SQLERRM, SQLSTATE)
                END;
        END;
        lacking := lacking OR state = 'absent';
        answer := answer || pg_catalog.jsonb_build_object('tier', item.tier, 'name', item.name,
            'state', pg_catalog.split_part(state, ':', 1),
            'difference', nullif(pg_catalog.substr(state, 10), ''));
    END LOOP;
    PERFORM pg_catalog.set_config('TimeZone', zone, true);
    PERFORM pg_catalog.set_config('oneroof.states', answer::text, true);
END
$oneroof$;

SELECT answered.tier, answered.name, answered.state, coalesce(answered.difference, '') AS difference
FROM pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('oneroof.states')::jsonb)
    AS answered (tier integer, name text, state text, difference text)
ORDER BY answered.tier;
