-- expected: none that is volatile
-- warning
-- hint: Every query of the application's views runs these functions. What they write in this database is checked before each COMMIT; what they do elsewhere is not known.
-- include: seam_effects
SELECT coalesce(pg_catalog.string_agg(found.line, '; ' ORDER BY found.line), 'none that is volatile')
FROM (
    SELECT effects.function || ' (' || effects.why || ') of ' || pg_catalog.string_agg(DISTINCT effects.object, ', ') AS line
    FROM effects
    WHERE effects.why NOT LIKE 'no rollback%'
    GROUP BY effects.function, effects.why
) AS found
