-- expected: L2 and L4
-- warning
-- hint: A ratification needs the signatures of the L2 quorum and the L4 President. The person who is missing signs; this program never does.
SELECT coalesce((
SELECT CASE WHEN signed.levels @> ARRAY['L2', 'L4'] THEN 'L2 and L4' ELSE 'only ' || pg_catalog.array_to_string(signed.levels, ', ') || ' for ' || signed.code END
FROM (
    SELECT ospa.proposal_code::text COLLATE "C" AS code,
        pg_catalog.array_agg(DISTINCT coalesce(nullif(pg_catalog.btrim(ospa.approval_level::text COLLATE "C"), ''), 'no level')) AS levels
    FROM public.os_proposal_approvals AS ospa
    WHERE ospa.approved_by::text COLLATE "C" ~ '[^[:space:]]' AND ospa.signature_ref::text COLLATE "C" ~ '[^[:space:]]'
        AND ospa.approved_at <= pg_catalog.clock_timestamp()
        AND ospa.proposal_code::text COLLATE "C" = coalesce(nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), ''), ospa.proposal_code::text COLLATE "C")
    GROUP BY 1
) AS signed
ORDER BY signed.levels @> ARRAY['L2', 'L4'] DESC, signed.code LIMIT 1), 'no signature')
