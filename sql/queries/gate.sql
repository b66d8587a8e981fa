-- The human gate: who signed what, what each approval means for this release, what is missing, and which ways there are. Reads only.
-- One row a fact: kind is approval, missing or option, body its words as JSON. The verdicts are those of the check apr.
DO $oneroof$
DECLARE
    told    jsonb := '[]';
    problem text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    BEGIN
        EXECUTE $q$
            WITH approval AS MATERIALIZED (
                SELECT ospa.proposal_code::text COLLATE "C" AS proposal_code, ospa.approval_level::text COLLATE "C" AS approval_level,
                    ospa.approved_by::text COLLATE "C" AS approved_by, ospa.signature_ref::text COLLATE "C" AS signature_ref, ospa.approved_at,
                    CASE
                        WHEN (ospa.approved_by::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN 'approved_by is blank'
                        WHEN (ospa.signature_ref::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN 'signature_ref is blank'
                        WHEN ospa.approved_at IS NULL THEN 'approved_at is not set'
                        WHEN ospa.approved_at > pg_catalog.clock_timestamp() THEN 'approved_at lies in the future'
                        WHEN pg_catalog.lower(ospa.signature_ref::text COLLATE "C") NOT LIKE '%release:sha256:%' THEN 'signed'
                        WHEN pg_catalog.lower(ospa.signature_ref::text COLLATE "C")
                            ~ ('release:' || pg_catalog.current_setting('oneroof.release_digest') || '([^0-9a-f]|$)')
                            THEN 'signed for this release'
                        ELSE 'names another release'
                    END AS verdict
                FROM public.os_proposal_approvals AS ospa
            ), proposal AS (
                SELECT approval.proposal_code,
                    pg_catalog.array_agg(DISTINCT coalesce(nullif(pg_catalog.btrim(approval.approval_level), ''), 'no level'))
                        FILTER (WHERE approval.verdict LIKE 'signed%') AS levels,
                    pg_catalog.bool_or(approval.verdict = 'signed for this release') AS ours,
                    pg_catalog.bool_or(approval.verdict = 'names another release') AS others
                FROM approval
                GROUP BY approval.proposal_code
            ), fact (place, kind, sorted, body) AS (
                SELECT 1, 'approval', pg_catalog.concat_ws(' ', approval.proposal_code, approval.approval_level, approval.approved_at),
                    pg_catalog.jsonb_build_object(
                        'proposal_code', approval.proposal_code, 'approval_level', coalesce(approval.approval_level, ''),
                        'approved_by', coalesce(approval.approved_by, ''), 'signature_ref', coalesce(approval.signature_ref, ''),
                        -- A time without zone is the database's own, and gets no Z.
                        'approved_at', coalesce(CASE pg_catalog.pg_typeof(approval.approved_at)
                            WHEN 'timestamp without time zone'::pg_catalog.regtype
                                THEN pg_catalog.to_char(approval.approved_at::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS')
                            ELSE pg_catalog.to_char(approval.approved_at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                        END, ''),
                        'verdict', approval.verdict,
                        'opens', approval.verdict LIKE 'signed%' AND (proposal.ours OR NOT proposal.others)
                            AND (approval.proposal_code ~ '^APR-[A-Z0-9-]{1,60}$') IS TRUE)
                FROM approval
                JOIN proposal ON proposal.proposal_code IS NOT DISTINCT FROM approval.proposal_code
                UNION ALL
                SELECT 2, 'missing', '', pg_catalog.to_jsonb('any approval: os_proposal_approvals is empty'::text)
                WHERE NOT EXISTS (SELECT FROM approval)
                UNION ALL
                SELECT 3, 'missing', pg_catalog.concat_ws(' ', approval.proposal_code, approval.approval_level, approval.approved_at),
                    pg_catalog.to_jsonb(pg_catalog.format('%s, %s: %s', approval.proposal_code, coalesce(nullif(approval.approval_level, ''), 'no level'),
                        CASE approval.verdict
                            WHEN 'names another release' THEN 'the signature_ref names another release than this one'
                            ELSE approval.verdict
                        END))
                FROM approval
                WHERE approval.verdict NOT LIKE 'signed%'
                UNION ALL
                SELECT 4, 'missing', proposal.proposal_code,
                    pg_catalog.to_jsonb(pg_catalog.format('%s: %s', proposal.proposal_code,
                        CASE
                            WHEN NOT coalesce(proposal.levels, '{}') && ARRAY['L2', 'L4'] THEN 'the L2 quorum and the L4 President'
                            WHEN NOT proposal.levels @> ARRAY['L2'] THEN 'the L2 quorum'
                            ELSE 'the L4 President'
                        END))
                FROM proposal
                WHERE NOT coalesce(proposal.levels, '{}') @> ARRAY['L2', 'L4']
                UNION ALL
                SELECT 5, 'missing', proposal.proposal_code,
                    pg_catalog.to_jsonb(pg_catalog.format('%s: not an APR code, no command takes it', proposal.proposal_code))
                FROM proposal
                WHERE (proposal.proposal_code ~ '^APR-[A-Z0-9-]{1,60}$') IS NOT TRUE
            )
            SELECT coalesce(pg_catalog.jsonb_agg(
                pg_catalog.jsonb_build_object('kind', fact.kind, 'body', fact.body) ORDER BY fact.place, fact.sorted COLLATE "C"), '[]')
            FROM fact$q$
        INTO told;
    EXCEPTION
        WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
            RAISE;
        WHEN OTHERS THEN
            problem := SQLERRM;
    END;
    IF problem IS NOT NULL THEN
        told := pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('kind', 'missing',
            'body', 'the approvals cannot be read: ' || problem));
    END IF;
    PERFORM pg_catalog.set_config('oneroof.gate', told::text, true);
END
$oneroof$;
SELECT told.kind, told.body
FROM (
    SELECT fact.place, fact.entry ->> 'kind' AS kind, (fact.entry -> 'body')::text AS body
    FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.gate')::jsonb) WITH ORDINALITY AS fact (entry, place)
    UNION ALL
    SELECT 1000000 + option.place, 'option', pg_catalog.to_jsonb(option.words)::text
    FROM (VALUES
        (1, 'Ratify: the L2 quorum and the L4 President sign the proposal through the ratification form; then oneroof preflight, apply.'),
        (2, 'Hold: nothing is done and nothing decays; oneroof plan, preflight and status go on answering.'),
        (3, 'Shadow: oneroof shadow deploy puts structure and axis, inert, into a schema of their own; it needs no ratification and is removed by oneroof shadow drop.'),
        (4, 'Rehearse: oneroof clone create and clone run prove the whole pipeline on a clone, where the gate is waived by the clone''s name.')
    ) AS option (place, words)
) AS told (place, kind, body)
ORDER BY told.place;
