-- The approval rows that this tier relied on, as its own transaction reads them: they go into the evidence.
DO $oneroof$
DECLARE
    found jsonb;
BEGIN
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'proposal_code', ospa.proposal_code::text COLLATE "C", 'approval_level', ospa.approval_level::text COLLATE "C", 'approved_by', ospa.approved_by::text COLLATE "C",
            'signature_ref', ospa.signature_ref::text COLLATE "C", 'approved_at', ospa.approved_at::text)
            ORDER BY ospa.approval_level::text COLLATE "C", ospa.approved_at::text COLLATE "C"), '[]')
    INTO found
    FROM {{table}} AS ospa
    WHERE ospa.proposal_code::text COLLATE "C" = nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), '');
    RAISE INFO USING ERRCODE = 'OR005', MESSAGE = pg_catalog.format('%s approval rows', pg_catalog.jsonb_array_length(found)), DETAIL = found::text;
END
$oneroof$;
