-- What the stages of a clone report, in one row: the ruleset and snapshot of the release's scan, the position of the cursor, the first
-- search_path of a session of this role, and the numbers of rows and a digest of the application's own tables.
-- include: seam_guard
DO $oneroof$
DECLARE
    answer jsonb := '{}';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF pg_catalog.to_regclass('public.oneroof_scan_run') IS NOT NULL THEN
        EXECUTE 'SELECT coalesce((SELECT pg_catalog.to_jsonb(run) FROM public.oneroof_scan_run AS run ORDER BY run.scanned_at DESC LIMIT 1), ''{}'')' INTO answer;
    END IF;
    PERFORM pg_catalog.set_config('oneroof.clone_facts', answer::text, true);
END
$oneroof$;
SELECT answer.facts ->> 'ruleset_code' AS ruleset,
    answer.facts ->> 'snapshot_ref' AS snapshot,
    found.cursor,
    (SELECT kept.position FROM public.candidate_scan_cursor AS kept WHERE kept.cursor_name::text COLLATE "C" = found.cursor) AS position,
    (SELECT known.reset_val FROM pg_catalog.pg_settings AS known WHERE known.name = 'search_path') AS search_path,
    (SELECT pg_catalog.count(*) FROM public.event_outbox) AS outbox,
    (SELECT pg_catalog.count(*) FROM public.system_issues) AS issues,
    (SELECT pg_catalog.count(*) FROM public.v_governance_event_emit) AS emitted,
    (SELECT pg_catalog.count(*) FROM public.os_proposal_approvals) AS approvals,
    (SELECT pg_catalog.count(*) FROM public.candidate_scan_run) AS runs,
    (SELECT pg_catalog.count(*) FROM public.candidate_scan_state) AS states,
    (SELECT pg_catalog.count(*) FROM public.candidate_scan_object) AS objects,
    (
        SELECT pg_catalog.string_agg(pg_catalog.concat(held.name, ' ', held.rows, ' ', held.sum), ', ' ORDER BY held.name)
        FROM (
            SELECT line.name, pg_catalog.count(*) AS rows,
                pg_catalog.sum(('x' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(line.text, 'UTF8')), 'hex'), 16))::bit(64)::bigint) AS sum
            FROM (
                SELECT 'outbox' AS name, (kept.*)::text AS text FROM public.event_outbox AS kept
                UNION ALL
                SELECT 'issues', (kept.*)::text FROM public.system_issues AS kept
                UNION ALL
                SELECT 'approvals', (kept.*)::text FROM public.os_proposal_approvals AS kept
                UNION ALL
                SELECT 'event types', (kept.*)::text FROM public.event_type_registry AS kept
            ) AS line
            GROUP BY line.name
        ) AS held
    ) AS content
FROM (SELECT pg_catalog.current_setting('oneroof.clone_facts')::jsonb AS facts) AS answer
CROSS JOIN (
    -- On a clone any cursor may be moved. This takes the scanner's own, or else the first by name.
    SELECT pg_catalog.min(known.cursor_name::text COLLATE "C") FILTER (WHERE known.cursor_name::text COLLATE "C" = 'candidate_scan'),
        pg_catalog.min(known.cursor_name::text COLLATE "C")
    FROM public.candidate_scan_cursor AS known
) AS named (own, first)
CROSS JOIN LATERAL (SELECT coalesce(named.own, named.first)) AS found (cursor);
