-- absent: no part of the tier exists. applied: exactly what was shipped. altered: neither of the two, with the first difference.
WITH shipped (words) AS (
{{shipped}}
), live (words) AS (
{{live}}
), difference AS (
    SELECT pg_catalog.concat_ws('; ',
        (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
        (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
    WHEN difference.words = '' THEN 'applied'
    -- If at least half of the rows are missing, the tier was probably never applied. Then an existing row may prevent the release.
    ELSE pg_catalog.concat_ws('; ', 'altered: ' || difference.words, (
        SELECT pg_catalog.min(common.words COLLATE "C") || ' is there'
        FROM (TABLE shipped INTERSECT ALL TABLE live) AS common
        HAVING 2 * pg_catalog.count(*) <= (SELECT pg_catalog.count(*) FROM shipped)))
END
FROM difference
