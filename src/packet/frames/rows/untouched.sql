                ('untouched', 'error', 'unchanged',
                    $q$
                        SELECT CASE
                            WHEN pg_catalog.count(earlier.key) = 0 OR pg_catalog.count(earlier.key) <> pg_catalog.count(later.key) THEN 'not noted before'
                            ELSE coalesce('changed: ' || pg_catalog.string_agg(earlier.key, ', ' ORDER BY earlier.key)
                                FILTER (WHERE earlier.value <> later.value), 'unchanged')
                        END
                        FROM pg_catalog.jsonb_each_text(nullif(pg_catalog.current_setting('oneroof.before', true), '')::jsonb) AS earlier
                        FULL JOIN pg_catalog.jsonb_each_text((
                            SELECT pg_catalog.jsonb_object_agg(seen.kind,
                                pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(seen.words, ''), 'UTF8')), 'hex'))::text
                            FROM (
{{kinds}}
                            ) AS seen
                        )::jsonb) AS later ON later.key = earlier.key
                    $q$,
                    'Something that the tier does not change was changed while the tier ran. Find out who else changes triggers, rules, grants or comments.')
