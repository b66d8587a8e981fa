-- Scanner: the last run, its findings by rule, what a scan would find now, and what may become an event. It only reads. Run it on any day
-- after the release: psql -X -d directus -f sql/prod_verify/scanner.sql

SELECT latest.ruleset_code, latest.ruleset_version, latest.snapshot_ref, latest.scanned_at
FROM public.v_oneroof_scan_run_latest AS latest;

SELECT summary.rule_code, summary.title, summary.findings, summary.emittable
FROM public.v_oneroof_scan_rule_summary AS summary
ORDER BY summary.ordinal;

-- The next two queries must return no row: findings that a scan would now add, change or not find, and findings that may become an event.
SELECT coalesce(found.rule_code, held.rule_code) AS rule_code, coalesce(found.subject_code, held.subject_code) AS subject_code,
    CASE WHEN held.rule_code IS NULL THEN 'new' WHEN found.rule_code IS NULL THEN 'gone' ELSE 'changed' END AS difference
FROM public.v_oneroof_scan_candidate_finding AS found
FULL JOIN public.v_oneroof_scan_finding_open AS held
    ON held.rule_code = found.rule_code AND held.subject_code = found.subject_code
WHERE held.detail IS DISTINCT FROM found.detail
ORDER BY 1, 2;

SELECT emittable.rule_code, emittable.subject_code
FROM public.v_oneroof_scan_emittable AS emittable
ORDER BY emittable.rule_code, emittable.subject_code;
