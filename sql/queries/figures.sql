-- The figures of the baseline, one row for each. If a figure cannot be read (a view or a privilege is missing), its
-- row has no value and gives the reason. An organic figure depends on the application or the moment. It is reported
-- and never judged.
DO $oneroof$
DECLARE
    item    record;
    value   text;
    problem text;
    figures jsonb := '[]';
    foreseen text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    -- If reading the views would have an effect outside this database, nothing is counted.
    -- include: seam_effects
    SELECT 'not read, since it would run ' || pg_catalog.string_agg(DISTINCT effects.function, ', ') INTO foreseen
    FROM effects WHERE effects.why LIKE 'no rollback%';
    FOR item IN
        SELECT listed.name, listed.organic, listed.question
        FROM (
            VALUES
                ('gate', false, $q$SELECT pg_catalog.count(*) FROM public.os_proposal_approvals$q$),
                ('inventory', false, $q$SELECT pg_catalog.count(*) FROM public.v_governance_object_inventory$q$),
                ('scopes', false, $q$SELECT pg_catalog.count(*) FROM public.v_governance_scope$q$),
                ('ownership', false, $q$SELECT pg_catalog.count(*) FROM public.governance_object_ownership$q$),
                ('gap', false, $q$SELECT pg_catalog.count(*) FROM public.v_governance_ownership_gap$q$),
                ('conflict', false, $q$SELECT pg_catalog.count(*) FROM public.v_governance_ownership_conflict$q$),
                ('gov_emit', false, $q$SELECT pg_catalog.count(*) FROM public.v_governance_event_emit$q$),
                ('event_types_active', false,
                    $q$SELECT pg_catalog.count(*) FROM public.event_type_registry AS r WHERE r.domain::text COLLATE "C" = 'governance' AND r.active$q$),
                ('ownership_triggers', false,
                    $q$SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger AS g
                    WHERE g.tgrelid = 'public.governance_object_ownership'::pg_catalog.regclass AND NOT g.tgisinternal$q$),
                ('axis_substrate', false,
                    $q$SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                    WHERE c.relname IN ('oneroof_axis', 'oneroof_axis_value', 'oneroof_axis_binding')$q$),
                ('idle_in_transaction', true,
                    $q$SELECT pg_catalog.count(DISTINCT a.pid) FROM pg_catalog.pg_locks AS l
                    JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid AND a.state LIKE 'idle in transaction%'
                    WHERE l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid()
                        AND l.relation IN (pg_catalog.to_regclass('public.governance_object_ownership'), pg_catalog.to_regclass('public.os_proposal_approvals'))$q$),
                ('system_issues', true, $q$SELECT pg_catalog.count(*) FROM public.system_issues$q$),
                ('event_outbox', true, $q$SELECT pg_catalog.count(*) FROM public.event_outbox$q$)
        ) AS listed (name, organic, question)
    LOOP
        problem := NULL;
        BEGIN
            value := NULL;
            problem := foreseen;
            IF foreseen IS NULL THEN
                EXECUTE item.question INTO value;
            END IF;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                value := NULL;
                problem := SQLERRM;
        END;
        figures := figures || pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'name', item.name, 'value', value, 'organic', item.organic, 'problem', problem));
    END LOOP;
    PERFORM pg_catalog.set_config('oneroof.figures', figures::text, true);
END
$oneroof$;
SELECT figure.entry ->> 'name' AS name,
    figure.entry ->> 'value' AS value,
    (figure.entry ->> 'organic')::boolean AS organic,
    figure.entry ->> 'problem' AS problem
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.figures')::jsonb) WITH ORDINALITY AS figure (entry, place)
ORDER BY figure.place;
