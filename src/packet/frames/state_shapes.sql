-- absent: nothing of the tier is there. applied: exactly what was shipped. altered: neither, with the first difference.
-- own: the tier made the object; of another only what the tier added to it is looked at.
WITH shipped (object, own, parts) AS (
    VALUES
{{shipped}}
), later (object, parts) AS (
    -- What tiers above this one add to its objects, or make of them.
{{later}}
), fellow (object) AS (
    -- What the other tiers made: it may stand on this one's objects.
    {{fellows}}
), {{objects}}, {{shapes}}, expected (object, part, digest) AS (
    -- Two digests for a view: servers before 16 qualify every column, later ones only where it is needed.
    SELECT present.object, pg_catalog.split_part(token.word, ':', 1),
        CASE
            WHEN token.word LIKE '%/%' AND pg_catalog.current_setting('server_version_num')::integer >= 160000
                THEN pg_catalog.split_part(token.word, '/', 2)
            ELSE pg_catalog.split_part(pg_catalog.split_part(token.word, ':', 2), '/', 1)
        END
    FROM present
    JOIN shipped ON shipped.object = present.object
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(shipped.parts, ' ') AS token (word)
), afterwards (object, part, digest) AS (
    SELECT later.object, pg_catalog.split_part(token.word, ':', 1),
        CASE
            WHEN token.word LIKE '%/%' AND pg_catalog.current_setting('server_version_num')::integer >= 160000
                THEN pg_catalog.split_part(token.word, '/', 2)
            ELSE pg_catalog.split_part(pg_catalog.split_part(token.word, ':', 2), '/', 1)
        END
    FROM later
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(later.parts, ' ') AS token (word)
), made AS (
    SELECT present.object, present.relation, present.routine, present.type, present.schema
    FROM present
    JOIN shipped ON shipped.object = present.object AND shipped.own
), ours (relation, routine, type) AS (
    SELECT present.relation, present.routine, present.type FROM present
    UNION ALL
    SELECT
        CASE WHEN fellow.object !~ '[( ]' THEN pg_catalog.to_regclass(fellow.object) END::oid,
        CASE WHEN fellow.object LIKE '%(%' THEN (
            -- Not to_regprocedure: before 16 it fails where the type of an argument is not there.
            SELECT f.oid
            FROM pg_catalog.pg_proc AS f
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
            WHERE f.proname::text = pg_catalog.split_part(pg_catalog.split_part(fellow.object, '(', 1), '.', 2)
                AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = fellow.object) END,
        CASE WHEN fellow.object LIKE 'type %' THEN pg_catalog.to_regtype(pg_catalog.substr(fellow.object, 6)) END::oid
    FROM fellow
), own (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, made.relation FROM made WHERE made.relation IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, made.routine FROM made WHERE made.routine IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, made.schema FROM made WHERE made.schema IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::oid, kind.oid
    FROM made
    JOIN pg_catalog.pg_type AS kind ON kind.oid = made.type OR kind.typelem = made.type
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::oid, kind.oid
    FROM made
    JOIN pg_catalog.pg_class AS class ON class.oid = made.relation
    JOIN pg_catalog.pg_type AS kind ON kind.oid = class.reltype OR kind.typelem = class.reltype
), dependent AS (
    -- What someone put on ours, or built on it: DROP without CASCADE would stop at some of it and take the rest along.
    SELECT DISTINCT depend.classid, depend.objid
    FROM own
    JOIN pg_catalog.pg_depend AS depend ON depend.refclassid = own.classid AND depend.refobjid = own.objid AND depend.deptype <> 'i'
    WHERE NOT EXISTS (SELECT FROM own AS mine WHERE mine.classid = depend.classid AND mine.objid = depend.objid)
), difference (place, words) AS (
    SELECT 1, packet.object || ' is missing'
    FROM packet
    WHERE packet.relation IS NULL AND packet.routine IS NULL AND packet.type IS NULL AND packet.schema IS NULL
    UNION ALL
    SELECT 2, CASE
            WHEN expected.part IS NULL
                THEN pg_catalog.format('%s of %s is not ours', pg_catalog.translate(live.part, '.~', '  '), live.object)
            WHEN live.part IS NULL
                THEN pg_catalog.format('%s of %s is missing', pg_catalog.translate(expected.part, '.~', '  '), expected.object)
            ELSE pg_catalog.format('%s of %s is not as shipped', pg_catalog.translate(live.part, '.~', '  '), live.object)
        END
    FROM (
        SELECT live.object, live.part, live.digest
        FROM live
        JOIN shipped ON shipped.object = live.object
        WHERE shipped.own OR EXISTS (SELECT FROM expected WHERE expected.object = live.object AND expected.part = live.part)
    ) AS live
    FULL JOIN expected ON expected.object = live.object AND expected.part = live.part
    -- Who else may use what is there, is for the database's own people to say.
    WHERE expected.digest IS DISTINCT FROM live.digest AND coalesce(expected.part, live.part) !~ '^grants'
        AND NOT EXISTS (
            SELECT FROM afterwards
            WHERE afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest = live.digest)
    UNION ALL
    SELECT 3, CASE
            -- A view is named by its own name, not by that of the rule which PostgreSQL keeps for it.
            WHEN rule.rulename = '_RETURN' THEN CASE viewed.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END
                || viewed.oid::pg_catalog.regclass::text
            ELSE identified.type || ' ' || identified.identity
        END || ' is not ours'
    FROM dependent
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(dependent.classid, dependent.objid, 0) AS identified
    LEFT JOIN pg_catalog.pg_rewrite AS rule
        ON dependent.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rule.oid = dependent.objid
    LEFT JOIN pg_catalog.pg_class AS viewed ON viewed.oid = rule.ev_class
    -- Ours again: constraints, defaults, indexes and _RETURN rules of our own relations, compared above.
    WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS held
            JOIN ours ON ours.relation = held.conrelid
            WHERE dependent.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND held.oid = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_attrdef AS held
            JOIN ours ON ours.relation = held.adrelid
            WHERE dependent.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND held.oid = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_index AS held
            JOIN ours ON ours.relation = held.indrelid
            WHERE dependent.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND held.indexrelid = dependent.objid)
        AND NOT EXISTS (SELECT FROM ours WHERE ours.relation = rule.ev_class)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS held
            JOIN ours ON ours.relation = held.tgrelid
            WHERE dependent.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND held.oid = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_policy AS held
            JOIN ours ON ours.relation = held.polrelid
            WHERE dependent.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND held.oid = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_statistic_ext AS held
            JOIN ours ON ours.relation = held.stxrelid
            WHERE dependent.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND held.oid = dependent.objid)
        -- A column of a relation that the tier changed may use a type of the tier's; a sequence serves a column of ours.
        AND NOT EXISTS (
            SELECT FROM ours
            WHERE dependent.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND ours.relation = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM ours
            WHERE dependent.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND ours.routine = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM ours
            JOIN pg_catalog.pg_type AS kind ON kind.oid = ours.type OR kind.typelem = ours.type OR kind.typrelid = ours.relation
            WHERE dependent.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND kind.oid = dependent.objid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS serves
            JOIN ours ON ours.relation = serves.refobjid
            WHERE dependent.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND serves.classid = dependent.classid
                AND serves.objid = dependent.objid AND serves.refclassid = dependent.classid AND serves.refobjsubid > 0 AND serves.deptype IN ('a', 'i'))
        -- What stands in a schema of ours is ours or not by its own name.
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS held
            JOIN ours ON ours.type = held.contypid
            WHERE dependent.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND held.oid = dependent.objid)
    UNION ALL
    SELECT 4, pg_catalog.format('a trigger of %s is switched off', made.object)
    FROM made
    JOIN pg_catalog.pg_trigger AS trigger ON trigger.tgrelid = made.relation
    WHERE trigger.tgisinternal AND trigger.tgenabled <> 'O'
    UNION ALL
    SELECT 5, pg_catalog.format('%s inherits from %s', made.object, inherited.inhparent::pg_catalog.regclass)
    FROM made
    JOIN pg_catalog.pg_class AS class ON class.oid = made.relation AND NOT class.relispartition
    JOIN pg_catalog.pg_inherits AS inherited ON inherited.inhrelid = made.relation
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM made)
        AND NOT EXISTS (SELECT FROM live JOIN expected ON expected.object = live.object AND expected.part = live.part)
        THEN 'absent'
    ELSE coalesce((
        SELECT 'altered: ' || difference.words
        FROM difference
        ORDER BY difference.place, difference.words COLLATE "C"
        LIMIT 1), 'applied')
END
