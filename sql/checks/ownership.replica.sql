-- expected: rows can be deleted
-- hint: A rollback could not delete the seed. The owner of public.governance_object_ownership must set its replica identity, or the owner of the publication must stop publishing deletes.
WITH identity AS (
    -- The columns that identify a row for subscribers: no column with NOTHING, all columns with FULL.
    SELECT c.oid, c.relreplident = 'f' AS whole, a.attname::text AS column_name, a.attnum
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
    LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisvalid
        AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    WHERE c.relname = 'governance_object_ownership'
), published AS (
    -- From version 15 on, pg_publication_rel holds the row filter and the list of columns.
    SELECT p.pubname::text AS pubname, pg_catalog.to_jsonb(r) AS settings
    FROM pg_catalog.pg_publication_tables AS t
    JOIN pg_catalog.pg_publication AS p ON p.pubname = t.pubname AND p.pubdelete
    LEFT JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid AND r.prrelid = (SELECT identity.oid FROM identity LIMIT 1)
    WHERE t.schemaname = 'public' AND t.tablename = 'governance_object_ownership'
), objection AS (
    SELECT 1 AS place, 'published without a replica identity' AS words
    FROM published
    WHERE NOT EXISTS (SELECT FROM identity WHERE identity.whole OR identity.attnum IS NOT NULL)
    UNION ALL
    SELECT 2, pg_catalog.format('the row filter of %s reads a column outside the replica identity', published.pubname)
    FROM published
    CROSS JOIN LATERAL pg_catalog.regexp_matches(published.settings ->> 'prqual', ':varattno ([0-9]+)', 'g') AS read (attnum)
    WHERE NOT EXISTS (SELECT FROM identity WHERE identity.whole OR identity.attnum = read.attnum[1]::int)
    UNION ALL
    SELECT 3, pg_catalog.format('%s publishes columns without the replica identity', published.pubname)
    FROM published
    JOIN identity ON identity.whole
        OR identity.attnum::text NOT IN (SELECT pg_catalog.jsonb_array_elements_text(nullif(published.settings -> 'prattrs', 'null')))
    WHERE nullif(published.settings -> 'prattrs', 'null') IS NOT NULL
)
SELECT coalesce((SELECT objection.words FROM objection ORDER BY objection.place, objection.words LIMIT 1), 'rows can be deleted')
