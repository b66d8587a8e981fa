-- The approval rows that this tier depends on, read in the tier's own transaction. They are part of the evidence.
DO $oneroof$
DECLARE
    found jsonb;
BEGIN
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'proposal_code', ospa.{{code}}::text COLLATE "C", 'approval_level', {{level}}, 'approved_by', ospa.{{who}}::text COLLATE "C",
            'signature_ref', ospa.{{signature}}::text COLLATE "C", 'approved_at', ospa.{{at}}::text)
            ORDER BY {{level}}, ospa.{{at}}::text COLLATE "C"), '[]')
    INTO found
    FROM {{table}} AS ospa
    WHERE ospa.{{code}}::text COLLATE "C" = nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), '');
    RAISE INFO USING ERRCODE = 'OR005', MESSAGE = pg_catalog.format('%s approval rows', pg_catalog.jsonb_array_length(found)), DETAIL = found::text;
END
$oneroof$;
