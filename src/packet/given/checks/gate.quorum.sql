-- expected: {{quorum}}
{{warning}}-- hint: {{ask}} The people who are missing sign; this program never does.
WITH needed (level, people) AS (
    VALUES {{levels}}
), signed AS (
    SELECT ospa.{{code}}::text COLLATE "C" AS code, coalesce(nullif(pg_catalog.btrim({{level}}), ''), 'no level') AS level,
        pg_catalog.count(DISTINCT ospa.{{who}}::text COLLATE "C") AS people
    FROM {{table}} AS ospa
    WHERE ospa.{{who}}::text COLLATE "C" ~ '[^[:space:]]' AND ospa.{{signature}}::text COLLATE "C" ~ '[^[:space:]]'
        AND ospa.{{at}} <= pg_catalog.clock_timestamp()
        AND ospa.{{code}}::text COLLATE "C" = coalesce(nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), ''), ospa.{{code}}::text COLLATE "C")
    GROUP BY 1, 2
), proposal AS (
    SELECT approval.code, (SELECT pg_catalog.string_agg(signed.level, ', ' ORDER BY signed.level) FROM signed WHERE signed.code = approval.code) AS levels,
        NOT EXISTS (
            SELECT FROM needed
            WHERE needed.people > coalesce((SELECT signed.people FROM signed WHERE signed.code = approval.code AND signed.level = needed.level), 0)
        ) AS complete,
        {{twice}} AS twice
    FROM (SELECT DISTINCT signed.code FROM signed) AS approval
)
SELECT coalesce((
    SELECT CASE
        WHEN proposal.complete AND proposal.twice IS NULL THEN {{quorum_literal}}
        WHEN proposal.complete THEN proposal.twice || ' signed at two levels of ' || proposal.code
        ELSE 'only ' || proposal.levels || ' for ' || proposal.code
    END
    FROM proposal
    ORDER BY proposal.complete DESC, proposal.twice IS NULL DESC, proposal.code
    LIMIT 1), 'no signature')
