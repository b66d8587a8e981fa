DO $oneroof$
DECLARE
    item    record;
    windows jsonb := '{}';
    held    text;
    gaps    text;
BEGIN
    -- The gate is locked first, then the tables that the tier writes, by name, then the prerequisite views. A lock on a view also locks the
    -- view's tables.
    FOR item IN
        SELECT listed.kind, listed.relation, listed.mode
        FROM (
            -- oneroof:locks
{{rows}}
            -- oneroof:end
        ) AS listed (place, kind, relation, mode)
        ORDER BY listed.place, listed.relation
    LOOP
        held := 'locked';
        IF pg_catalog.to_regclass(item.relation) IS NULL THEN
            -- A missing relation is only noted here. The guard lists it together with everything else that is missing.
            held := 'missing: ' || item.relation;
        ELSIF item.kind = 'target' THEN
            EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
        ELSE
            -- The role may have no more than SELECT on the gate and on the prerequisite views. Then LOCK TABLE fails, and the check reports
            -- that the relation could not be locked.
            BEGIN
                EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE{{nowait}}', item.relation, item.mode);
                -- The server's pg_locks shows which relations are locked. A lock on a view reaches the tables that the view names, but no
                -- materialized view, no foreign table, and no relation that a function reads.
                WITH RECURSIVE reached (oid, relkind) AS (
                    SELECT c.oid, c.relkind FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(item.relation)
                    UNION
                    SELECT c.oid, c.relkind
                    FROM reached
                    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid AND w.rulename = '_RETURN'
                    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
                        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid
                    WHERE reached.relkind = 'v'
                ), loose (words) AS (
                    SELECT CASE reached.relkind WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table ' ELSE '' END
                        || reached.oid::pg_catalog.regclass::text
                    FROM reached
                    WHERE reached.relkind IN ('r', 'p', 'm', 'f') AND NOT EXISTS (
                        SELECT FROM pg_catalog.pg_locks AS l
                        WHERE l.locktype = 'relation' AND l.relation = reached.oid AND l.pid = pg_catalog.pg_backend_pid() AND l.granted
                            AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
                    UNION
                    SELECT 'function ' || f.oid::pg_catalog.regprocedure::text
                    FROM reached
                    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid AND w.rulename = '_RETURN'
                    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
                        AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                    JOIN pg_catalog.pg_proc AS f ON f.oid = d.refobjid AND f.provolatile <> 'i'
                )
                SELECT pg_catalog.string_agg(loose.words, ', ' ORDER BY loose.words COLLATE "C") INTO gaps FROM loose;
                IF gaps IS NOT NULL THEN
                    held := pg_catalog.format('re-checked last, the window is open: %s (%s)', item.relation, gaps);
                END IF;
{{release}}            EXCEPTION
                WHEN insufficient_privilege THEN
                    held := 're-checked last, the window is open: ' || item.relation;
{{released}}            END;
        END IF;
        IF item.kind <> 'target' AND coalesce(windows ->> item.kind, 'locked') = 'locked' THEN
            windows := windows || pg_catalog.jsonb_build_object(item.kind, held);
        END IF;
    END LOOP;
    FOR item IN SELECT hold.key AS kind, hold.value AS actual FROM pg_catalog.jsonb_each_text(windows) AS hold ORDER BY hold.key
    LOOP
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s.window: expected locked, actual %s',
                CASE WHEN item.actual = 'locked' THEN 'met' ELSE 'warning' END, item.kind, item.actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.kind || '.window', 'severity', 'warning', 'expected', 'locked',
                'actual', item.actual, 'ok', item.actual = 'locked',
                'hint', 'The role may not lock the tables in SHARE mode. Their owner may grant it a right that allows that: UPDATE, DELETE or TRUNCATE, or MAINTAIN from PostgreSQL 17 on.')::text;
    END LOOP;
END
$oneroof$;
