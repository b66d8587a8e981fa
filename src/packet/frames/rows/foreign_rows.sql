('{{name}}', '{{severity}}', 'none',
                    CASE pg_catalog.num_nonnulls({{known}})
                        WHEN {{count}} THEN $q$
-- Rows in tables that the tier created empty. DROP TABLE deletes them.
SELECT coalesce('rows in ' || pg_catalog.string_agg(filled.name, ', ' ORDER BY filled.name COLLATE "C"), 'none')
FROM (
{{filled}}
) AS filled (name)
$q$
                        -- The state of the tier names the table that is missing.
                        ELSE $q$SELECT 'none'$q$
                    END,
                    '{{hint}}')
