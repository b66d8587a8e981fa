-- expected: 31 of 31
-- hint: A view of the release cannot be read; the actual value gives the reason. oneroof status names the view that was changed.
SELECT pg_catalog.format('%s of 31', pg_catalog.count(answered.rows))
FROM (
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis_value AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis_binding AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis_matrix AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis_unbound_value AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis_conflict AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_axis_coverage AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_ownership_direct AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_ownership_inherited AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_ownership_effective AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_ownership_coverage AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_ownership_provenance AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_containment_tree AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_containment_path AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_containment_depth AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_containment_gap AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_containment_cycle AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_containment_multi_parent AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_topic_assignment AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_topic_projection AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_topic_divergent AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_topic_projection_pending AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_topic_coverage AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_topic_sparse AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_label_rule_alignment AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_scan_candidate_finding AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_scan_run_latest AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_scan_finding_open AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_scan_emittable AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_scan_rule_summary AS seen
    UNION ALL
    SELECT pg_catalog.count(seen::text) FROM public.v_oneroof_roof_status AS seen
) AS answered (rows)
