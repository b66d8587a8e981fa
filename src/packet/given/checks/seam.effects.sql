-- expected: none foreseen
-- stop
-- hint: Every query of the application's views runs these functions, and ROLLBACK does not revert what they do. The owner of the views removes the functions from them.
-- This check reads only the catalog, before any of the views is read.
-- include: seam_effects
SELECT coalesce(pg_catalog.string_agg(found.line, '; ' ORDER BY found.line), 'none foreseen')
FROM (
    SELECT effects.function || ' (' || effects.why || ') of ' || pg_catalog.string_agg(DISTINCT effects.object, ', ') AS line
    FROM effects
    WHERE effects.why LIKE 'no rollback%'
    GROUP BY effects.function, effects.why
) AS found
