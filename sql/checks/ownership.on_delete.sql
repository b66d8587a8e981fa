-- expected: nothing
-- hint: A rollback deletes the seed, and this must not run anything. Whoever made the named objects must drop or disable them.
SELECT coalesce(pg_catalog.string_agg(found.words, ', ' ORDER BY found.words), 'nothing')
FROM (
    SELECT 'trigger ' || t.tgname AS words
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgrelid = pg_catalog.to_regclass('public.governance_object_ownership')
        AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype::int & 8 <> 0
    UNION ALL
    SELECT 'rule ' || w.rulename
    FROM pg_catalog.pg_rewrite AS w
    WHERE w.ev_class = pg_catalog.to_regclass('public.governance_object_ownership')
        AND w.ev_type = '4' AND w.ev_enabled IN ('O', 'A')
    UNION ALL
    -- A foreign key that only raises an error changes no other table, so it is not listed.
    SELECT pg_catalog.format('foreign key %s of %s', k.conname, k.conrelid::pg_catalog.regclass)
    FROM pg_catalog.pg_constraint AS k
    WHERE k.confrelid = pg_catalog.to_regclass('public.governance_object_ownership')
        AND k.contype = 'f' AND k.confdeltype NOT IN ('a', 'r')
) AS found (words)
