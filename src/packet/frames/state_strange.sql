, ground AS (
    -- The parts that the tier changes or removes, as they must be before the tier.
    SELECT part.object, part.part FROM part WHERE part.source = 'ground'
), gone AS (
    -- The parts that the tier removes.
    SELECT ground.object, ground.part FROM ground
    WHERE NOT EXISTS (SELECT FROM expected WHERE expected.object = ground.object AND expected.part = ground.part)
){{remade}}, dropped_column (object, name) AS (
    SELECT part.object, pg_catalog.substr(part.part, 8)
    FROM part
    WHERE part.source = 'ground' AND part.part LIKE 'column.%' AND NOT part.renamed
        AND NOT EXISTS (SELECT FROM remade WHERE remade.object = part.object)
        AND NOT EXISTS (
            SELECT FROM shipped
            LEFT JOIN moved ON moved.object = shipped.object
            WHERE part.object IN (shipped.object, moved.former)
                AND pg_catalog.strpos(' ' || shipped.parts, ' ' || part.part || ':') > 0)
), shipped_already AS (
    SELECT FROM live
    JOIN expected ON expected.object = live.object AND expected.part = live.part
    LEFT JOIN afterwards ON afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest IN (live.digest, '*')
    WHERE (expected.digest IN (live.digest, '*') OR afterwards.part IS NOT NULL)
        AND NOT EXISTS (SELECT FROM earlier
            WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest IN (live.digest, '*'))
    UNION ALL
    -- A tier that only removes parts adds nothing, so it is applied if all of these parts are gone.
    SELECT
    WHERE NOT EXISTS (SELECT FROM expected) AND NOT EXISTS (SELECT FROM moved WHERE moved.stays)
        AND NOT EXISTS (SELECT FROM live JOIN gone ON gone.object = live.object AND gone.part = live.part)
    UNION ALL
    SELECT FROM moved WHERE NOT moved.stays
), strange (words) AS (
    -- The tier is not applied, and a part that it changes is not as it was when the packet was built.
    SELECT pg_catalog.format(
        CASE WHEN ground.part IS NULL THEN '%s of %s is there already, and not as shipped'
            ELSE '%s of %s is neither as before the release nor as shipped' END,
        pg_catalog.translate(live.part, '.~', '  '), live.object)
    FROM live
    JOIN expected ON expected.object = live.object AND expected.part = live.part
    LEFT JOIN ground ON ground.object = live.object AND ground.part = live.part
    WHERE NOT EXISTS (SELECT FROM earlier
            WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest IN (live.digest, '*'))
        AND NOT EXISTS (SELECT FROM afterwards
            WHERE afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest IN (live.digest, '*'))
    UNION ALL
    SELECT pg_catalog.format('%s of %s is not as before the release', pg_catalog.translate(live.part, '.~', '  '), live.object)
    FROM live
    JOIN gone ON gone.object = live.object AND gone.part = live.part
    WHERE NOT EXISTS (SELECT FROM earlier
        WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest IN (live.digest, '*'))
    UNION ALL
    SELECT CASE
            WHEN EXISTS (SELECT FROM present WHERE present.object = ground.object)
                THEN pg_catalog.format('%s of %s is missing', pg_catalog.translate(ground.part, '.~', '  '), ground.object)
            ELSE ground.object || ' is missing'
        END || coalesce((
        SELECT pg_catalog.format(', %s of %s is there', pg_catalog.translate(live.part, '.~', '  '), live.object)
        FROM live
        JOIN gone ON gone.object = live.object AND gone.part = live.part
        WHERE NOT EXISTS (SELECT FROM expected)
        ORDER BY live.part NOT LIKE 'column.%', live.part COLLATE "C"
        LIMIT 1), '')
    FROM ground
    WHERE NOT EXISTS (SELECT FROM live WHERE live.object = ground.object AND live.part = ground.part)
    UNION ALL
    -- What others added to a column that the tier drops would be lost.
    SELECT pg_catalog.format('%s of %s would be lost, because the tier drops the column', pg_catalog.translate(live.part, '.~', '  '), live.object)
    FROM dropped_column
    JOIN live ON live.object = dropped_column.object AND pg_catalog.split_part(live.part, '.', 1) IN ({{of_columns}})
        AND pg_catalog.split_part(pg_catalog.split_part(live.part, '.', 2), '~', 1) = dropped_column.name
    WHERE NOT EXISTS (SELECT FROM ground WHERE ground.object = live.object AND ground.part = live.part)
    UNION ALL
    -- The server drops an index or a constraint with its column. A view, a policy or a foreign key of another table forbids the drop.
    SELECT pg_catalog.format('%s %s depends on column %s of %s, which the tier drops',
        identified.type, identified.identity, dropped_column.name, dropped_column.object)
    FROM dropped_column
    JOIN present ON present.object = dropped_column.object
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = present.relation AND attribute.attname::text = dropped_column.name
    JOIN pg_catalog.pg_depend AS depend ON depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND depend.refobjid = attribute.attrelid AND depend.refobjsubid = attribute.attnum AND depend.deptype IN ('a', 'n')
    LEFT JOIN pg_catalog.pg_class AS class
        ON depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND class.oid = depend.objid AND class.relkind IN ('i', 'I')
    LEFT JOIN pg_catalog.pg_constraint AS bound
        -- From PostgreSQL 18 on, NOT NULL of a column is a constraint too. It goes with the column, and the part NOT NULL compares it.
        ON depend.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND bound.oid = depend.objid AND bound.contype <> 'n'
    LEFT JOIN pg_catalog.pg_trigger AS trigger
        ON depend.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND trigger.oid = depend.objid
    LEFT JOIN pg_catalog.pg_policy AS policy
        ON depend.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND policy.oid = depend.objid
    LEFT JOIN pg_catalog.pg_statistic_ext AS statistic
        ON depend.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND statistic.oid = depend.objid
    LEFT JOIN pg_catalog.pg_rewrite AS rule
        ON depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rule.oid = depend.objid
    LEFT JOIN pg_catalog.pg_attrdef AS fallback
        ON depend.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND fallback.oid = depend.objid
    LEFT JOIN pg_catalog.pg_attribute AS computed
        -- pg_depend has a row for a generated column. In PostgreSQL 13 and 14 this row names the generated column, from 15 on its expression.
        ON computed.attrelid = attribute.attrelid AND computed.attnum <> attribute.attnum
            AND (computed.attnum = fallback.adnum
                OR depend.classid = depend.refclassid AND depend.objid = computed.attrelid AND depend.objsubid = computed.attnum)
    CROSS JOIN LATERAL (
        SELECT coalesce('generation.' || computed.attname, 'index.' || class.relname, 'constraint.' || bound.conname,
                'trigger.' || trigger.tgname, 'policy.' || policy.polname, 'statistics.' || statistic.stxname, 'rule.' || rule.rulename),
            coalesce(rule.ev_class, nullif(bound.conrelid, 0), 0)
    ) AS dependent (part, relation)
    -- A view is reported under its own name, not under the name of its rewrite rule.
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(
        CASE rule.rulename WHEN '_RETURN' THEN 'pg_catalog.pg_class'::pg_catalog.regclass::oid ELSE depend.classid END,
        CASE rule.rulename WHEN '_RETURN' THEN rule.ev_class ELSE depend.objid END, depend.objsubid) AS identified
    WHERE dependent.part IS NOT NULL
        AND NOT EXISTS (SELECT FROM ground WHERE ground.part = pg_catalog.translate(dependent.part, ' :/', '~~~'))
        -- The tier changes this view as well, or another tier creates it.
        AND NOT EXISTS (SELECT FROM present AS mine WHERE rule.rulename = '_RETURN' AND mine.relation = dependent.relation)
        AND NOT EXISTS (SELECT FROM other WHERE other.relation = dependent.relation)
    UNION ALL
    SELECT moved.former || ' is missing'
    FROM moved
    WHERE moved.stays AND NOT EXISTS (SELECT FROM present WHERE present.object = moved.former)
{{lost}})
