                ('writes.effects', 'error', 'as in the packet', $q$
{{effects}}, known (words) AS (
    SELECT pg_catalog.unnest(ARRAY[{{known}}]::text[])
)
SELECT coalesce(pg_catalog.string_agg(found.words, ', ' ORDER BY found.words COLLATE "C"), 'as in the packet')
FROM (
    SELECT effect.words FROM effect WHERE effect.words NOT IN (SELECT known.words FROM known)
    UNION ALL
    SELECT known.words || ' is missing'
    FROM known
    -- A known column may have a default in this database, or be nullable, and a constraint may be missing. That does no harm.
    WHERE known.words !~ '^(column|check|exclusion|unique|type|reference) ' AND known.words NOT IN (SELECT effect.words FROM effect)
    UNION ALL
    SELECT part.name || ' is missing' FROM part WHERE part.oid IS NULL
) AS found (words)
$q$,
                    'The release writes these tables. A trigger, rule or foreign key would act on its rows, a column would need a value, or a publication would not let it, but the packet was built without it. Write it into requires.sql and build the packet again, or have its owner disable or drop it until the release has ended.')
