-- Drops the 43 objects by name, without CASCADE. If somebody added a column, index, trigger, policy or anything else to one of them,
-- or a view or key that depends on one of them, the rollback stops, names what was added, and changes nothing.

DROP FUNCTION public.fn_oneroof_scan(text, text);

-- The reverse of the order of creation, so that no object is dropped before the objects that depend on it.
DROP VIEW public.v_oneroof_roof_status;
DROP VIEW public.v_oneroof_scan_rule_summary;
DROP VIEW public.v_oneroof_scan_emittable;
DROP VIEW public.v_oneroof_scan_finding_open;
DROP VIEW public.v_oneroof_scan_run_latest;
DROP VIEW public.v_oneroof_scan_candidate_finding;
DROP VIEW public.v_oneroof_label_rule_alignment;
DROP VIEW public.v_oneroof_topic_sparse;
DROP VIEW public.v_oneroof_topic_coverage;
DROP VIEW public.v_oneroof_topic_projection_pending;
DROP VIEW public.v_oneroof_topic_divergent;
DROP VIEW public.v_oneroof_topic_projection;
DROP VIEW public.v_oneroof_topic_assignment;
DROP VIEW public.v_oneroof_containment_multi_parent;
DROP VIEW public.v_oneroof_containment_cycle;
DROP VIEW public.v_oneroof_containment_gap;
DROP VIEW public.v_oneroof_containment_depth;
DROP VIEW public.v_oneroof_containment_path;
DROP VIEW public.v_oneroof_containment_tree;
DROP VIEW public.v_oneroof_ownership_provenance;
DROP VIEW public.v_oneroof_ownership_coverage;
DROP VIEW public.v_oneroof_ownership_effective;
DROP VIEW public.v_oneroof_ownership_inherited;
DROP VIEW public.v_oneroof_ownership_direct;
DROP VIEW public.v_oneroof_axis_coverage;
DROP VIEW public.v_oneroof_axis_conflict;
DROP VIEW public.v_oneroof_axis_unbound_value;
DROP VIEW public.v_oneroof_axis_matrix;
DROP VIEW public.v_oneroof_axis_binding;
DROP VIEW public.v_oneroof_axis_value;
DROP VIEW public.v_oneroof_axis;

DROP TABLE public.oneroof_scan_finding;
DROP TABLE public.oneroof_scan_run;
DROP TABLE public.oneroof_scan_rule;
DROP TABLE public.oneroof_topic_assignment;
DROP TABLE public.oneroof_topic_label_rule;
DROP TABLE public.oneroof_topic;
DROP TABLE public.oneroof_containment_edge;
DROP TABLE public.oneroof_containment_node;
DROP TABLE public.oneroof_axis_binding;
DROP TABLE public.oneroof_axis_value;
DROP TABLE public.oneroof_axis;
