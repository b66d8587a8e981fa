-- absent: no part of the tier exists. applied: exactly what was shipped. altered: neither of the two, with the first difference.
-- own: true if the tier created the object. whole: true if all parts are compared, because the tier creates the object, or drops it and creates it
-- again. Of other objects, only the parts that the tier added or changed are compared.
WITH shipped (object, own, whole, parts) AS (
    VALUES
{{shipped}}
), later (object, parts) AS (
    -- The parts that later tiers add to this tier's objects, and the parts that they change.
{{later}}
), fellow (object, own) AS (
    -- The objects that the other tiers created. They may depend on this tier's objects.
    {{fellows}}
), {{others}}, {{objects}}, {{shapes}}, listed (source, object, parts) AS (
    SELECT 'shipped', shipped.object, shipped.parts FROM shipped JOIN present ON present.object = shipped.object
    UNION ALL
    SELECT 'later', later.object, later.parts FROM later
{{earlier}}{{ground}}), part (source, object, part, digest, renamed) AS (
    -- A column that the tier renames is listed with its other name, such as =weight. There is no digest before the name if the tier changes
    -- nothing else of the column. Its type may then be any, so its digest is * here. A view has two digests: servers before PostgreSQL 16 print
    -- every column with its table, later servers only if it is needed.
    SELECT listed.source, listed.object, pg_catalog.split_part(token.word, ':', 1),
        CASE
            WHEN token.word LIKE '%:=%' THEN '*'
            WHEN token.word LIKE '%/%' AND pg_catalog.current_setting('server_version_num')::integer >= 160000
                THEN pg_catalog.split_part(token.word, '/', 2)
            ELSE pg_catalog.split_part(pg_catalog.split_part(pg_catalog.split_part(token.word, ':', 2), '/', 1), '=', 1)
        END,
        token.word LIKE '%:%=%'
    FROM listed
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(listed.parts, ' ') AS token (word)
    WHERE token.word <> ''
), moved (object, former, stays) AS (
    -- The objects that the tier renames, with their former names. stays: the object does not have its new name yet.
    SELECT renamed.object, renamed.former, NOT EXISTS (SELECT FROM present WHERE present.object = renamed.object)
    FROM ({{renames}}) AS renamed (object, former)
), expected AS (
    -- Until the object is renamed, its former name cannot belong to the new view.
    SELECT part.object, part.part, part.digest, part.renamed
    FROM part
    WHERE part.source = 'shipped' AND NOT EXISTS (SELECT FROM moved WHERE moved.former = part.object AND moved.stays)
), afterwards AS (
    -- The parts as a later tier leaves them.
    SELECT part.object, part.part, part.digest FROM part WHERE part.source = 'later'
), earlier AS (
    -- The parts as they were before this tier. A part that still has its old digest was not written by this tier.
    SELECT part.object, part.part, part.digest FROM part WHERE part.source = 'earlier'
), made AS (
    SELECT present.object, present.relation, present.routine, present.type, present.schema
    FROM present
    JOIN shipped ON shipped.object = present.object AND shipped.own
    WHERE NOT EXISTS (SELECT FROM moved WHERE moved.former = present.object AND moved.stays)
), ours (relation, routine, type) AS (
    SELECT present.relation, present.routine, present.type FROM present
    UNION ALL
    SELECT other.relation, other.routine, other.type FROM other
), own (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, made.relation FROM made WHERE made.relation IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, made.routine FROM made WHERE made.routine IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, made.schema FROM made WHERE made.schema IS NOT NULL
    UNION ALL
    -- A type, or the row type of a relation, together with its array type. A range type has a multirange as well.
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::oid, its.oid
    FROM made
    LEFT JOIN pg_catalog.pg_class AS class ON class.oid = made.relation
    JOIN pg_catalog.pg_type AS kind ON kind.oid = coalesce(made.type, class.reltype)
    CROSS JOIN LATERAL (
        VALUES (kind.oid), (kind.typarray)
        UNION ALL
        SELECT multirange.objid
        FROM pg_catalog.pg_depend AS multirange
        WHERE kind.typtype = 'r' AND multirange.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND multirange.deptype = 'i'
            AND multirange.refclassid = multirange.classid AND multirange.refobjid = kind.oid AND multirange.objid <> kind.typarray
    ) AS its (oid)
), known (classid, objid) AS (
    -- Objects that belong to an object of the packet and are already compared above.
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, ours.relation FROM ours
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, ours.routine FROM ours
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::oid, its.oid
    FROM ours
    LEFT JOIN pg_catalog.pg_class AS class ON class.oid = ours.relation
    JOIN pg_catalog.pg_type AS kind ON kind.oid = coalesce(ours.type, class.reltype)
    CROSS JOIN LATERAL (VALUES (kind.oid), (kind.typarray)) AS its (oid)
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, held.indexrelid
    FROM ours JOIN pg_catalog.pg_index AS held ON held.indrelid = ours.relation
    UNION ALL
{{parts}}
    UNION ALL
    -- The sequences that the columns of the packet's tables own.
    SELECT serves.classid, serves.objid
    FROM ours
    JOIN pg_catalog.pg_depend AS serves ON serves.refobjid = ours.relation AND serves.refobjsubid > 0 AND serves.deptype IN ('a', 'i')
        AND serves.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND serves.classid = serves.refclassid
), dependent AS (
    -- Objects that someone else created on the packet's objects, or that depend on them. DROP without CASCADE fails because of some of them
    -- and drops others.
    SELECT DISTINCT depend.classid, depend.objid
    FROM own
    JOIN pg_catalog.pg_depend AS depend ON depend.refclassid = own.classid AND depend.refobjid = own.objid AND depend.deptype <> 'i'
    WHERE NOT EXISTS (SELECT FROM own AS mine WHERE mine.classid = depend.classid AND mine.objid = depend.objid)
        -- The server copies triggers, indexes and constraints of a partitioned table to each partition. Only the originals are compared.
        -- The server also makes the constructors and the cast of a range type, and drops them with it.
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS copy
            WHERE copy.classid = depend.classid AND copy.objid = depend.objid AND (copy.deptype = 'P'
                OR copy.deptype = 'i' AND copy.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
                    AND copy.classid <> 'pg_catalog.pg_type'::pg_catalog.regclass))
){{strange}}, difference (place, words) AS (
    SELECT 1, packet.object || ' is missing'
    FROM packet
    WHERE packet.relation IS NULL AND packet.routine IS NULL AND packet.type IS NULL AND packet.schema IS NULL
{{dropped}}    UNION ALL
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
        -- The columns of a live table that CREATE TABLE AS made depend on the database, so derived.toml lists none and none is compared.
        -- The columns, indexes and other parts that a new partition inherits from its parent are not compared either.
        WHERE shipped.whole
                AND NOT EXISTS (SELECT FROM copied WHERE copied.object = live.object AND copied.part = live.part)
                AND (live.part NOT LIKE 'column.%' OR EXISTS (
                    SELECT FROM expected WHERE expected.object = live.object AND expected.part LIKE 'column.%'))
            OR EXISTS (SELECT FROM expected WHERE expected.object = live.object AND expected.part = live.part)
            -- All parts of a column that the tier adds to an existing table are compared.
            OR EXISTS (
                SELECT FROM expected
                WHERE expected.object = live.object AND pg_catalog.split_part(live.part, '.', 1) IN ({{of_columns}})
                    AND expected.part = 'column.' || pg_catalog.split_part(pg_catalog.split_part(live.part, '.', 2), '~', 1)
                    AND NOT expected.renamed
                    AND NOT EXISTS (
                        SELECT FROM earlier
                        LEFT JOIN moved ON moved.former = earlier.object
                        WHERE coalesce(moved.object, earlier.object) = live.object AND earlier.part = expected.part))
    ) AS live
    FULL JOIN expected ON expected.object = live.object AND expected.part = live.part
    -- After the release people decide who owns its objects and who else may use them, so owners and grants are not compared. But what a tier grants
    -- on an existing object must be there. If the tier changes nothing else, it must be there as shipped.
    WHERE expected.digest IS DISTINCT FROM live.digest
        AND (expected.digest = '*' AND live.part IS NOT NULL) IS NOT TRUE
        AND (coalesce(expected.part, live.part) !~ {{free}} OR live.part IS NULL AND EXISTS (
            SELECT FROM shipped WHERE shipped.object = expected.object AND NOT shipped.own))
        AND NOT EXISTS (
            SELECT FROM afterwards
            WHERE afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest IN (live.digest, '*'))
{{again}}    UNION ALL
    SELECT 3, CASE
            -- A view is reported under its own name, not under the name of its rewrite rule.
            WHEN rule.rulename = '_RETURN' THEN CASE viewed.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END
                || viewed.oid::pg_catalog.regclass::text
            ELSE identified.type || ' ' || identified.identity
        END || ' is not ours'
    FROM dependent
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(dependent.classid, dependent.objid, 0) AS identified
    LEFT JOIN pg_catalog.pg_rewrite AS rule
        ON dependent.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rule.oid = dependent.objid
    LEFT JOIN pg_catalog.pg_class AS viewed ON viewed.oid = rule.ev_class
    WHERE NOT EXISTS (SELECT FROM known WHERE known.classid = dependent.classid AND known.objid = dependent.objid)
    UNION ALL
    SELECT 4, pg_catalog.format('a trigger of %s is switched off', made.object)
    FROM made
    JOIN pg_catalog.pg_trigger AS trigger ON trigger.tgrelid = made.relation
    WHERE trigger.tgisinternal AND trigger.tgenabled <> 'O'
), there (words) AS (
    -- The objects and parts of the tier that exist.
    SELECT made.object FROM made
    UNION ALL
    SELECT pg_catalog.format('%s of %s', pg_catalog.translate(live.part, '.~', '  '), live.object)
    FROM live
    JOIN shipped ON shipped.object = live.object AND NOT shipped.own
    JOIN expected ON expected.object = live.object AND expected.part = live.part
    WHERE NOT EXISTS (SELECT FROM earlier
            WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest IN (live.digest, '*'))
        -- A column counts once, without its default and the like.
        AND (live.part LIKE 'column.%' OR pg_catalog.split_part(live.part, '.', 1) NOT IN ({{of_columns}}) OR NOT EXISTS (
            SELECT FROM expected AS whole
            WHERE whole.object = live.object
                AND whole.part = 'column.' || pg_catalog.split_part(pg_catalog.split_part(live.part, '.', 2), '~', 1)))
), counted (missing, there) AS (
    SELECT (SELECT pg_catalog.count(*) FROM difference WHERE difference.words LIKE '% is missing'),
        (SELECT pg_catalog.count(*) FROM there)
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM made)
        AND NOT EXISTS (
            SELECT FROM live
            JOIN expected ON expected.object = live.object AND expected.part = live.part
            WHERE NOT EXISTS (SELECT FROM earlier
                WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest IN (live.digest, '*')))
{{branches}}    ELSE coalesce((
        -- If at least half of the tier is missing, the tier was probably never applied. Then an existing part may prevent the release.
        SELECT 'altered: ' || difference.words || CASE
            WHEN difference.words LIKE '% is missing' AND counted.missing >= counted.there
                THEN coalesce((SELECT ', ' || pg_catalog.min(there.words COLLATE "C") || ' is there' FROM there), '')
            ELSE ''
        END
        FROM difference
        CROSS JOIN counted
        -- A lost parent comes first, because it explains all other differences of a partition. A missing column comes before its default.
        ORDER BY difference.place, difference.words !~ '^(inheritance|partition) of ', difference.words NOT LIKE 'column %', difference.words COLLATE "C"
        LIMIT 1),
        -- The session remembers the successful comparison in a setting.
        CASE
            WHEN pg_catalog.set_config('oneroof.compared',
                pg_catalog.concat_ws(' ', pg_catalog.current_setting('oneroof.compared', true), '@compared@'), false) <> '' THEN 'applied'
        END)
END
