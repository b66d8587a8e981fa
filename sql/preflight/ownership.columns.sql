SELECT 'ownership.columns', 'error', 'none in the way',
    pg_catalog.format('SELECT %L', CASE WHEN EXISTS (SELECT FROM own) THEN coalesce((
        SELECT pg_catalog.string_agg(held.attname || ' (' || held.why || ')', ', ' ORDER BY held.attnum)
        FROM (
            SELECT held.attname, held.attnum, CASE
                WHEN held.value IS NOT NULL AND (held.attgenerated <> '' OR held.attidentity = 'a') THEN 'the server computes it itself'
                WHEN held.value IS NOT NULL OR held.attgenerated <> '' THEN NULL
                WHEN held.attidentity <> '' THEN 'identity: draws from a sequence'
                WHEN held.draws THEN 'its default draws from a sequence'
                WHEN held.expression IS NOT NULL THEN NULL
                WHEN held.attnotnull THEN 'NOT NULL without default'
                WHEN held.typnotnull AND held.typdefault IS NULL THEN 'its domain does not allow NULL'
            END AS why
            FROM held
        ) AS held
        WHERE held.why IS NOT NULL), 'none in the way') ELSE 'missing' END),
    'The seed fills the contract''s columns only, and no sequence that exists may advance. The owner of public.governance_object_ownership gives these columns a plain default or drops NOT NULL.'
