-- absent: the table is empty. applied: the digest of the rows is that of the shipped rows. altered: any other rows.
SELECT CASE
    WHEN live.count = 0 THEN 'absent'
    WHEN live.digest = '{{digest}}' THEN 'applied'
    ELSE pg_catalog.format('altered: {{table}} has %s rows, and they are not the {{count}} that were shipped', live.count)
END
FROM (
    SELECT pg_catalog.count(*) AS count, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
        coalesce(pg_catalog.string_agg(row.words || E'\n', '' ORDER BY row.words), ''), 'UTF8')), 'hex') AS digest
    FROM (SELECT ROW({{columns}})::text COLLATE "C" AS words FROM {{source}} AS held) AS row
) AS live
