-- expected: 0
-- hint: A scan would now have other findings than the recorded ones. Compare public.v_oneroof_scan_candidate_finding with public.v_oneroof_scan_finding_open.
SELECT pg_catalog.count(*)::text
FROM (
    (SELECT found.rule_code, found.subject_code, found.detail FROM public.v_oneroof_scan_candidate_finding AS found
    EXCEPT ALL
    SELECT held.rule_code, held.subject_code, held.detail FROM public.v_oneroof_scan_finding_open AS held)
    UNION ALL
    (SELECT held.rule_code, held.subject_code, held.detail FROM public.v_oneroof_scan_finding_open AS held
    EXCEPT ALL
    SELECT found.rule_code, found.subject_code, found.detail FROM public.v_oneroof_scan_candidate_finding AS found)
) AS drifted
