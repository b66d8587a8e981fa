DO $oneroof$
DECLARE
    item    record;
    windows jsonb := '{}';
    held    text;
BEGIN
    -- The gate first, then the targets by name, then the seam views (a lock on a view reaches its tables).
    FOR item IN
        SELECT listed.kind, listed.relation, listed.mode
        FROM (
            -- oneroof:locks
            VALUES
{{rows}}
            -- oneroof:end
        ) AS listed (place, kind, relation, mode)
        ORDER BY listed.place, listed.relation
    LOOP
        held := 'locked';
        IF pg_catalog.to_regclass(item.relation) IS NULL THEN
            -- The guard names what is missing, together with everything else that is.
            held := 'missing: ' || item.relation;
        ELSIF item.kind = 'target' THEN
            EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
        ELSE
            -- The role may be allowed to read the gate and the seam views and no more. Then the window is told, not hidden.
            BEGIN
                EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    held := 're-checked last, the window is open: ' || item.relation;
            END;
        END IF;
        IF item.kind <> 'target' AND coalesce(windows ->> item.kind, 'locked') = 'locked' THEN
            windows := windows || pg_catalog.jsonb_build_object(item.kind, held);
        END IF;
    END LOOP;
    FOR item IN SELECT told.key AS kind, told.value AS actual FROM pg_catalog.jsonb_each_text(windows) AS told ORDER BY told.key
    LOOP
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s.window: expected locked, actual %s',
                CASE WHEN item.actual = 'locked' THEN 'met' ELSE 'warning' END, item.kind, item.actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.kind || '.window', 'severity', 'warning', 'expected', 'locked',
                'actual', item.actual, 'ok', item.actual = 'locked',
                'hint', 'Whoever owns the tables may let this role lock them in SHARE mode; see grants/least_privilege.sql.')::text;
    END LOOP;
END
$oneroof$;
