-- What writing the seed would set off. What cannot be undone ends the list, since later checks would run it; what can only be judged when it runs is a warning, and the
-- executor judges it before each COMMIT.
SELECT 'ownership.effects',
    CASE WHEN EXISTS (SELECT FROM effects WHERE effects.why LIKE 'no rollback%') THEN 'stop' ELSE 'warning' END,
    'none foreseen',
    pg_catalog.format('SELECT %L', coalesce((
        SELECT pg_catalog.string_agg(found.line, '; ' ORDER BY found.line)
        FROM (
            SELECT effects.function || ' (' || effects.why || ') of ' || pg_catalog.string_agg(DISTINCT effects.object, ', ') AS line
            FROM effects
            WHERE effects.why IS NOT NULL
            GROUP BY effects.function, effects.why
        ) AS found), 'none foreseen')),
    'Every row of the seed runs these functions. The owner of public.governance_object_ownership takes out what no rollback takes back; what a volatile function writes is judged before each COMMIT.'
