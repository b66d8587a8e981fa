                ('apr',
                    CASE
                        -- If nothing can be written and no code was given, the check is only a warning that lists the approved codes.
                        WHEN pg_catalog.current_setting('transaction_read_only') = 'on'
                            AND coalesce(pg_catalog.current_setting('oneroof.ratified_apr', true), '') = '' THEN 'warning'
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '{{clone_pattern}}' THEN 'warning'
                        ELSE 'error'
                    END,
                    'approved',
                    $q$
                        WITH given AS (
                            SELECT nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), '') AS code,
                                nullif(pg_catalog.current_setting('oneroof.release_digest', true), '') AS digest
                        ), approval AS (
                            SELECT ospa.{{code}}::text COLLATE "C" AS code,
                                CASE
                                    WHEN (ospa.{{who}}::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN '{{who}} is blank'
                                    WHEN (ospa.{{signature}}::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN '{{signature}} is blank'
                                    WHEN ospa.{{at}} IS NULL THEN '{{at}} is not set'
                                    WHEN ospa.{{at}} > pg_catalog.clock_timestamp() THEN '{{at}} lies in the future'
                                    WHEN pg_catalog.lower(ospa.{{signature}}::text COLLATE "C") NOT LIKE '%release:sha256:%' THEN '{{unbound}}'
                                    WHEN given.digest IS NULL THEN 'names a release, and the digest of this one was not given'
                                    WHEN given.digest ~ '^sha256:[0-9a-f]{64}$'
                                        AND pg_catalog.lower(ospa.{{signature}}::text COLLATE "C") ~ ('release:' || given.digest || '([^0-9a-f]|$)')
                                        THEN 'approved for this release'
                                    ELSE 'names another release'
                                END AS verdict
                            FROM {{table}} AS ospa
                            CROSS JOIN given
                        )
                        SELECT CASE
                            WHEN given.code IS NULL THEN 'not given; approved: ' || coalesce((
                                SELECT pg_catalog.string_agg(DISTINCT approval.code, ', ' ORDER BY approval.code)
                                FROM approval WHERE approval.verdict LIKE 'approved%'), 'none')
                            WHEN given.code !~ '{{code_pattern}}' THEN 'not a valid approval code'
                            -- An approval that names this release's digest is enough. Without one, an approval that names another digest
                            -- keeps the gate closed, even if a further approval of the same code names no digest.
                            ELSE coalesce((
                                SELECT CASE
                                    WHEN pg_catalog.bool_or(approval.verdict = 'approved for this release') THEN 'approved'
                                    WHEN pg_catalog.bool_or(approval.verdict LIKE 'names %')
                                        THEN pg_catalog.min(approval.verdict) FILTER (WHERE approval.verdict LIKE 'names %')
                                    WHEN pg_catalog.bool_or(approval.verdict = 'approved') THEN 'approved'
                                    ELSE pg_catalog.min(approval.verdict)
                                END
                                FROM approval
                                WHERE approval.code = given.code
                                HAVING pg_catalog.count(*) > 0),
                                pg_catalog.format('no approval %s; approved here: %s', given.code, coalesce((
                                    SELECT pg_catalog.string_agg(DISTINCT approval.code, ', ' ORDER BY approval.code)
                                    FROM approval WHERE approval.verdict LIKE 'approved%'), 'none')))
                        END
                        FROM given
                    $q$,
                    'Give the code of a complete approval of this release, such as {{code_example}}; only people approve it.')
