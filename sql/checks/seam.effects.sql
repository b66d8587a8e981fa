-- expected: none foreseen
-- stop
-- hint: Every reading of the seam views runs these functions, and no ROLLBACK takes back what they do. The owner of the views takes them out.
-- Known by reading the catalogue alone, before any of the views is read.
-- include: seam_effects
SELECT coalesce(pg_catalog.string_agg(found.line, '; ' ORDER BY found.line), 'none foreseen')
FROM (
    SELECT effects.function || ' (' || effects.why || ') of ' || pg_catalog.string_agg(DISTINCT effects.object, ', ') AS line
    FROM effects
    WHERE effects.why LIKE 'no rollback%'
    GROUP BY effects.function, effects.why
) AS found
