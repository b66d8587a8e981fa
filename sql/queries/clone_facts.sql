-- What the stages of a clone are told by: under which ruleset and snapshot the release scanned, where the cursor stands, which function
-- guards the outbox, and how many rows the application's own tables have. One row.
-- include: seam_guard
DO $oneroof$
DECLARE
    told jsonb := '{}';
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF pg_catalog.to_regclass('public.oneroof_scan_run') IS NOT NULL THEN
        EXECUTE 'SELECT coalesce((SELECT pg_catalog.to_jsonb(run) FROM public.oneroof_scan_run AS run ORDER BY run.scanned_at DESC LIMIT 1), ''{}'')' INTO told;
    END IF;
    PERFORM pg_catalog.set_config('oneroof.clone_facts', told::text, true);
END
$oneroof$;
SELECT told.facts ->> 'ruleset_code' AS ruleset,
    told.facts ->> 'snapshot_ref' AS snapshot,
    (SELECT kept.position FROM public.candidate_scan_cursor AS kept WHERE kept.cursor_name::text = 'candidate_scan') AS position,
    (
        SELECT pg_catalog.string_agg(f.proname::text, ' ')
        FROM pg_catalog.pg_trigger AS g
        JOIN pg_catalog.pg_proc AS f ON f.oid = g.tgfoid
        WHERE g.tgrelid = 'public.event_outbox'::pg_catalog.regclass AND NOT g.tgisinternal AND g.tgenabled <> 'D'
    ) AS outbox_guards,
    (SELECT pg_catalog.count(*) FROM public.event_outbox) AS outbox,
    (SELECT pg_catalog.count(*) FROM public.system_issues) AS issues,
    (SELECT pg_catalog.count(*) FROM public.v_governance_event_emit) AS emitted,
    (SELECT pg_catalog.count(*) FROM public.os_proposal_approvals) AS approvals,
    (SELECT pg_catalog.count(*) FROM public.candidate_scan_run) AS runs,
    (SELECT pg_catalog.count(*) FROM public.candidate_scan_state) AS states,
    (SELECT pg_catalog.count(*) FROM public.candidate_scan_object) AS objects
FROM (SELECT pg_catalog.current_setting('oneroof.clone_facts')::jsonb AS facts) AS told;
