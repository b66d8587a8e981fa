-- Before any view is read: what reading it, and writing the seed, would set off. What cannot be undone is refused; what
-- can only be judged when it runs is a warning, and the executor judges it before each COMMIT.
SELECT told.place || '.effects',
    CASE WHEN EXISTS (SELECT FROM effects WHERE effects.place = told.place AND effects.why LIKE 'no rollback%') THEN 'error' ELSE 'warning' END,
    'none foreseen',
    pg_catalog.format('SELECT %L', coalesce((
        SELECT pg_catalog.string_agg(found.line, '; ' ORDER BY found.line)
        FROM (
            SELECT effects.function || ' (' || effects.why || ') of ' || pg_catalog.string_agg(DISTINCT effects.object, ', ') AS line
            FROM effects
            WHERE effects.place = told.place AND effects.why IS NOT NULL
            GROUP BY effects.function, effects.why
        ) AS found), 'none foreseen')),
    told.hint
FROM (
    VALUES
        ('seam', 'Every tier reads the seam views, and with them runs these functions. Whoever owns the views takes out what no rollback takes back; what a volatile function writes is judged before each COMMIT.'),
        ('ownership', 'Every row of the seed runs these functions. The owner of public.governance_object_ownership takes out what no rollback takes back; what a volatile function writes is judged before each COMMIT.')
) AS told (place, hint)
