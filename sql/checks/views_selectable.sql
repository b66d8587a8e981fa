-- expected: 31 of 31
-- hint: A view of the release cannot be read; the actual value gives the reason. oneroof status names the view that was changed.
SELECT pg_catalog.format('%s of 31', pg_catalog.count(answered.rows))
FROM (
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis_value AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis_binding AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis_matrix AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis_unbound_value AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis_conflict AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_axis_coverage AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_ownership_direct AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_ownership_inherited AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_ownership_effective AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_ownership_coverage AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_ownership_provenance AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_containment_tree AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_containment_path AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_containment_depth AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_containment_gap AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_containment_cycle AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_containment_multi_parent AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_topic_assignment AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_topic_projection AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_topic_divergent AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_topic_projection_pending AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_topic_coverage AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_topic_sparse AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_label_rule_alignment AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_scan_candidate_finding AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_scan_run_latest AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_scan_finding_open AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_scan_emittable AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_scan_rule_summary AS told
    UNION ALL
    SELECT pg_catalog.count(told::text) FROM public.v_oneroof_roof_status AS told
) AS answered (rows)
