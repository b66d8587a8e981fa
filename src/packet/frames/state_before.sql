), earlier (object, part, digest) AS (
    -- What the tier replaces, as it was before.
    SELECT replaced.object, pg_catalog.split_part(token.word, ':', 1),
        CASE
            WHEN token.word LIKE '%/%' AND pg_catalog.current_setting('server_version_num')::integer >= 160000
                THEN pg_catalog.split_part(token.word, '/', 2)
            ELSE pg_catalog.split_part(pg_catalog.split_part(token.word, ':', 2), '/', 1)
        END
    FROM (
        VALUES
{{replaced}}
    ) AS replaced (object, parts)
    CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(replaced.parts, ' ') AS token (word)
