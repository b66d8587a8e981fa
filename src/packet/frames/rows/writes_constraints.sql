                ('writes.constraints', 'warning', 'as in the packet', $q$
{{constraints}}, known (words) AS (
    SELECT pg_catalog.unnest(ARRAY[{{known}}]::text[])
), other (words, place) AS (
    SELECT limiting.words, pg_catalog.row_number() OVER (ORDER BY limiting.words COLLATE "C")
    FROM limiting
    -- The type of a column matters only if the release gives the column a value.
    CROSS JOIN LATERAL (SELECT pg_catalog.substring(limiting.words, '^type .* of (column .*)$')) AS limited (by_column)
    WHERE limiting.words NOT IN (SELECT known.words FROM known) AND (limited.by_column IS NULL OR EXISTS (
        SELECT FROM known WHERE known.words = limited.by_column OR known.words LIKE 'type % of ' || limited.by_column))
)
SELECT coalesce(
    pg_catalog.string_agg(other.words, ', ' ORDER BY other.place) FILTER (WHERE other.place <= 10)
        || CASE WHEN pg_catalog.max(other.place) > 10 THEN pg_catalog.format(' and %s more', pg_catalog.max(other.place) - 10) ELSE '' END,
    'as in the packet')
FROM other
$q$,
                    'The release writes these tables, and the packet was built without these constraints. oneroof apply --dry-run shows whether the rows of the release meet them. If you write them into requires.sql, the next build shows it.')
