-- expected: an integer
-- hint: The scan stores the version of its ruleset as an integer. The people who govern the rulesets must number it with an integer.
SELECT CASE
    WHEN highest.version::numeric % 1 = 0 AND highest.version::numeric BETWEEN 0 AND 2147483647 THEN 'an integer'
    ELSE highest.version::text
END
FROM (SELECT pg_catalog.max(r.version) FROM public.governance_ruleset AS r WHERE r.ruleset_code::text COLLATE "C" = 'RULESET-GOV-1') AS highest (version)
