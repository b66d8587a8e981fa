-- expected: enacted
-- hint: Scan with a ruleset that is enacted at its highest version, such as RULESET-GOV-1. Only the people who govern the rulesets can enact one.
WITH given AS (
    SELECT nullif(pg_catalog.current_setting('oneroof.ruleset', true), '') AS code
)
SELECT CASE
    WHEN given.code IS NULL THEN 'no ruleset was given'
    ELSE coalesce((
        SELECT CASE
            WHEN known.status::text COLLATE "C" = 'enacted' THEN 'enacted'
            ELSE pg_catalog.format('%s is not enacted: version %s is %s', given.code, known.version, coalesce(known.status::text COLLATE "C", 'without a status'))
        END
        FROM public.governance_ruleset AS known
        WHERE known.ruleset_code::text COLLATE "C" = given.code
        ORDER BY known.version DESC NULLS LAST
        LIMIT 1), pg_catalog.format('%s does not exist', given.code))
END
FROM given
