, ground AS (
    -- The parts that the tier changes or removes, as they must be before the tier.
    SELECT part.object, part.part FROM part WHERE part.source = 'ground'
), gone AS (
    -- The parts that the tier removes.
    SELECT ground.object, ground.part FROM ground
    WHERE NOT EXISTS (SELECT FROM expected WHERE expected.object = ground.object AND expected.part = ground.part)
){{remade}}, shipped_already AS (
    SELECT FROM live
    JOIN expected ON expected.object = live.object AND expected.part = live.part
    LEFT JOIN afterwards ON afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest = live.digest
    WHERE (expected.digest = live.digest OR afterwards.part IS NOT NULL)
        AND NOT EXISTS (SELECT FROM earlier
            WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest = live.digest)
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
            WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest = live.digest)
        AND NOT EXISTS (SELECT FROM afterwards
            WHERE afterwards.object = live.object AND afterwards.part = live.part AND afterwards.digest = live.digest)
    UNION ALL
    SELECT pg_catalog.format('%s of %s is not as before the release', pg_catalog.translate(live.part, '.~', '  '), live.object)
    FROM live
    JOIN gone ON gone.object = live.object AND gone.part = live.part
    WHERE NOT EXISTS (SELECT FROM earlier
        WHERE earlier.object = live.object AND earlier.part = live.part AND earlier.digest = live.digest)
    UNION ALL
    SELECT CASE
            WHEN EXISTS (SELECT FROM present WHERE present.object = ground.object)
                THEN pg_catalog.format('%s of %s is missing', pg_catalog.translate(ground.part, '.~', '  '), ground.object)
            ELSE ground.object || ' is missing'
        END || coalesce((
        SELECT pg_catalog.min(pg_catalog.format(', %s of %s is there', pg_catalog.translate(live.part, '.~', '  '), live.object) COLLATE "C")
        FROM live
        JOIN gone ON gone.object = live.object AND gone.part = live.part
        WHERE NOT EXISTS (SELECT FROM expected)), '')
    FROM ground
    WHERE NOT EXISTS (SELECT FROM live WHERE live.object = ground.object AND live.part = ground.part)
    UNION ALL
    SELECT moved.former || ' is missing'
    FROM moved
    WHERE moved.stays AND NOT EXISTS (SELECT FROM present WHERE present.object = moved.former)
{{lost}})
