SELECT 'ownership.constraints', 'error', 'none refuses',
    CASE
        WHEN NOT EXISTS (SELECT FROM own) THEN $q$SELECT 'missing'$q$
        ELSE (SELECT rehearsed.seed FROM rehearsed)
            || 'SELECT coalesce(nullif(pg_catalog.array_to_string(ARRAY['
            || coalesce((SELECT pg_catalog.string_agg(refusal.term, ', ' ORDER BY refusal.place, refusal.term) FROM refusal), '')
            || $q$]::text[], ', '), ''), CASE WHEN pg_catalog.count(seed.*) = 30 THEN 'none refuses' END) FROM seed$q$
    END,
    'Some of the 30 rows of the seed violate these constraints of the table. The owner of public.governance_object_ownership changes the constraint, or inserts the rows that a foreign key refers to.'
