-- The functions that writing the seed would run. If no rollback can revert one of them, the list of checks ends here, because later checks
-- would run it. A function whose effect shows only when it runs is a warning. The executor judges that effect before each COMMIT.
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
    'Every row of the seed runs these functions. The owner of public.governance_object_ownership removes those that no rollback reverts. What a volatile function writes is judged before each COMMIT.'
