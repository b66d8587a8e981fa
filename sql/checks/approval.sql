-- expected: one APR code
-- hint: Every row of the seed must carry the approval code of the release. Look at approval_ref in public.governance_object_ownership and find out who changed it.
SELECT CASE
    WHEN pg_catalog.count(*) FILTER (WHERE owned.approval_ref::text COLLATE "C" <> given.code) > 0
        THEN 'not ' || given.code || ' but ' || pg_catalog.string_agg(DISTINCT owned.approval_ref::text COLLATE "C", ', ')
    WHEN pg_catalog.count(DISTINCT owned.approval_ref) = 1 THEN 'one APR code'
    ELSE pg_catalog.string_agg(DISTINCT coalesce(owned.approval_ref::text COLLATE "C", 'NULL'), ', ')
END
FROM (SELECT nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), '') AS code) AS given
LEFT JOIN public.governance_object_ownership AS owned ON owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT'
GROUP BY given.code
