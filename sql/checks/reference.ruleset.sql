-- expected: enacted
-- hint: RULESET-GOV-1 must be enacted at its highest version. Only the people who govern the rulesets can enact it.
SELECT pg_catalog.string_agg(DISTINCT coalesce(ruleset.status::text COLLATE "C", 'without a status'), ' and ')
FROM public.governance_ruleset AS ruleset
WHERE ruleset.ruleset_code::text COLLATE "C" = 'RULESET-GOV-1'
    AND ruleset.version = (
        SELECT pg_catalog.max(highest.version) FROM public.governance_ruleset AS highest
        WHERE highest.ruleset_code::text COLLATE "C" = 'RULESET-GOV-1')
