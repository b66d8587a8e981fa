-- The human gate: who signed what, what each approval means for this release, which signatures are missing, and which options people have.
-- The query only reads. It returns one row for each fact: kind is approval, missing or option, and body is the text as JSON. The verdicts
-- are the same as those of the check apr.
DO $oneroof$
DECLARE
    answer    jsonb := '[]';
    problem text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    BEGIN
        EXECUTE $q$
            WITH approval AS MATERIALIZED (
                SELECT ospa.{{code}}::text COLLATE "C" AS proposal_code, {{level}} AS approval_level,
                    ospa.{{who}}::text COLLATE "C" AS approved_by, ospa.{{signature}}::text COLLATE "C" AS signature_ref, ospa.{{at}} AS approved_at,
                    CASE
                        WHEN (ospa.{{who}}::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN '{{who}} is blank'
                        WHEN (ospa.{{signature}}::text COLLATE "C" ~ '[^[:space:]]') IS NOT TRUE THEN '{{signature}} is blank'
                        WHEN ospa.{{at}} IS NULL THEN '{{at}} is not set'
                        WHEN ospa.{{at}} > pg_catalog.clock_timestamp() THEN '{{at}} lies in the future'
                        WHEN pg_catalog.lower(ospa.{{signature}}::text COLLATE "C") NOT LIKE '%release:sha256:%' THEN '{{unbound_signed}}'
                        WHEN pg_catalog.lower(ospa.{{signature}}::text COLLATE "C")
                            ~ ('release:' || pg_catalog.current_setting('oneroof.release_digest') || '([^0-9a-f]|$)')
                            THEN 'signed for this release'
                        ELSE 'names another release'
                    END AS verdict
                FROM {{table}} AS ospa
            ), proposal AS (
                SELECT approval.proposal_code,
                    pg_catalog.bool_or(approval.verdict = 'signed for this release') AS ours,
                    pg_catalog.bool_or(approval.verdict = 'names another release') AS others
                FROM approval
                GROUP BY approval.proposal_code
            ), lacking AS (
                -- Levels at which fewer people have signed than the packet demands.
                SELECT proposal.proposal_code, needed.level, needed.people, signed.people AS signed
                FROM proposal
                CROSS JOIN ({{needed}}) AS needed (level, people)
                CROSS JOIN LATERAL (
                    SELECT pg_catalog.count(DISTINCT approval.approved_by)
                    FROM approval
                    WHERE approval.proposal_code IS NOT DISTINCT FROM proposal.proposal_code AND approval.verdict LIKE 'signed%'
                        AND pg_catalog.btrim(approval.approval_level) = needed.level
                ) AS signed (people)
                WHERE signed.people < needed.people
            ), fact (place, kind, sorted, body) AS (
                SELECT 1, 'approval', pg_catalog.concat_ws(' ', approval.proposal_code, approval.approval_level, approval.approved_at),
                    pg_catalog.jsonb_build_object(
                        'proposal_code', approval.proposal_code, 'approval_level', coalesce(approval.approval_level, ''),
                        'approved_by', coalesce(approval.approved_by, ''), 'signature_ref', coalesce(approval.signature_ref, ''),
                        -- A timestamp without time zone is in the database's own time, so it gets no Z.
                        'approved_at', coalesce(CASE pg_catalog.pg_typeof(approval.approved_at)
                            WHEN 'timestamp without time zone'::pg_catalog.regtype
                                THEN pg_catalog.to_char(approval.approved_at::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS')
                            ELSE pg_catalog.to_char(approval.approved_at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                        END, ''),
                        'verdict', approval.verdict,
                        'opens', approval.verdict LIKE 'signed%' AND (proposal.ours OR NOT proposal.others)
                            AND (approval.proposal_code ~ '{{code_pattern}}') IS TRUE)
                FROM approval
                JOIN proposal ON proposal.proposal_code IS NOT DISTINCT FROM approval.proposal_code
                UNION ALL
                SELECT 2, 'missing', '', pg_catalog.to_jsonb('any approval: {{approval_name}} is empty'::text)
                WHERE NOT EXISTS (SELECT FROM approval)
                UNION ALL
                SELECT 3, 'missing', pg_catalog.concat_ws(' ', approval.proposal_code, approval.approval_level, approval.approved_at),
                    pg_catalog.to_jsonb(pg_catalog.format('%s, %s: %s', approval.proposal_code, coalesce(nullif(approval.approval_level, ''), 'no level'),
                        CASE approval.verdict
                            WHEN 'names another release' THEN 'the {{signature}} names another release than this one'
                            ELSE approval.verdict
                        END))
                FROM approval
                WHERE approval.verdict NOT LIKE 'signed%'
                UNION ALL
                SELECT 4, 'missing', proposal.proposal_code,
                    pg_catalog.to_jsonb(pg_catalog.format('%s: signatures missing: %s', proposal.proposal_code, (
                        SELECT pg_catalog.string_agg(pg_catalog.format('%s at %s', needed.people - needed.signed, needed.level), ', '
                            ORDER BY needed.level)
                        FROM lacking AS needed
                        WHERE needed.proposal_code IS NOT DISTINCT FROM proposal.proposal_code)))
                FROM proposal
                WHERE EXISTS (SELECT FROM lacking WHERE lacking.proposal_code IS NOT DISTINCT FROM proposal.proposal_code)
                UNION ALL
                SELECT 5, 'missing', proposal.proposal_code,
                    pg_catalog.to_jsonb(pg_catalog.format('%s: not a valid approval code, no command accepts it', proposal.proposal_code))
                FROM proposal
                WHERE (proposal.proposal_code ~ '{{code_pattern}}') IS NOT TRUE
            )
            SELECT coalesce(pg_catalog.jsonb_agg(
                pg_catalog.jsonb_build_object('kind', fact.kind, 'body', fact.body) ORDER BY fact.place, fact.sorted COLLATE "C"), '[]')
            FROM fact$q$
        INTO answer;
    EXCEPTION
        WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
            RAISE;
        WHEN OTHERS THEN
            problem := SQLERRM;
    END;
    IF problem IS NOT NULL THEN
        answer := pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('kind', 'missing',
            'body', 'the approvals cannot be read: ' || problem));
    END IF;
    PERFORM pg_catalog.set_config('oneroof.gate', answer::text, true);
END
$oneroof$;
SELECT answer.kind, answer.body
FROM (
    SELECT fact.place, fact.entry ->> 'kind' AS kind, (fact.entry -> 'body')::text AS body
    FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.gate')::jsonb) WITH ORDINALITY AS fact (entry, place)
    UNION ALL
    SELECT 1000000 + option.place, 'option', pg_catalog.to_jsonb(option.words)::text
    FROM (VALUES
{{options}}
    ) AS option (place, words)
) AS answer (place, kind, body)
ORDER BY answer.place;
