-- The read half of the scanner: coverage, owners and findings as they are now. It only reads, before and after the release.
-- Each row is one line of a table: title, headings, cells (JSON lists of text).
-- include: seam_guard
DO $oneroof$
DECLARE
    answer     jsonb;
    findings jsonb := '[]';
    problem  text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    IF pg_catalog.to_regclass('public.v_oneroof_scan_candidate_finding') IS NULL THEN
        problem := 'not released: the rules come with tier 6';
    ELSE
        EXECUTE $q$
            SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(rule.rule_code,
                (SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_candidate_finding AS found WHERE found.rule_code = rule.rule_code),
                (SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_finding_open AS open WHERE open.rule_code = rule.rule_code),
                rule.title, CASE WHEN rule.emittable THEN 'emittable' ELSE 'not emittable' END) ORDER BY rule.ordinal), '[]')
            FROM public.oneroof_scan_rule AS rule$q$ INTO findings;
        IF findings = '[]' THEN
            problem := 'tier 6 is not applied: there are no rules';
        END IF;
    END IF;
    WITH object AS (
        SELECT inventory.class_code::text COLLATE "C" AS class_code, inventory.object_code::text COLLATE "C" AS object_code, scope.total,
            (SELECT pg_catalog.count(DISTINCT gap.scope_code) FROM public.v_governance_ownership_gap AS gap
                WHERE gap.object_code = inventory.object_code) AS gaps
        FROM public.v_governance_object_inventory AS inventory
        CROSS JOIN (SELECT pg_catalog.count(*) AS total FROM public.v_governance_scope) AS scope
    ), line (place, sorted, title, headings, cells) AS (
        SELECT 1, figure.place::text, 'scan: figures', '["figure", "value"]'::jsonb, pg_catalog.jsonb_build_array(figure.name, figure.value)
        FROM (
            SELECT 1, 'objects', pg_catalog.count(*)::text FROM object
            UNION ALL
            SELECT 2, 'coverage', coalesce(pg_catalog.round(100.0 * pg_catalog.sum(object.total - object.gaps) / nullif(pg_catalog.sum(object.total), 0), 2)::text, '0') || ' %' FROM object
            UNION ALL
            SELECT 3, 'gap', pg_catalog.count(*)::text FROM public.v_governance_ownership_gap
            UNION ALL
            SELECT 4, 'effective owners', pg_catalog.format('%s = %s direct + %s inherited', pg_catalog.count(*),
                pg_catalog.count(*) FILTER (WHERE owner.provenance::text COLLATE "C" = 'direct'),
                pg_catalog.count(*) FILTER (WHERE owner.provenance::text COLLATE "C" = 'inherited'))
            FROM public.v_governance_effective_owner AS owner
            UNION ALL
            SELECT 5, 'conflict', pg_catalog.count(*)::text FROM public.v_governance_ownership_conflict
            UNION ALL
            SELECT 6, 'findings', coalesce(problem, (SELECT pg_catalog.sum((rule ->> 1)::bigint)::text FROM pg_catalog.jsonb_array_elements(findings) AS rule))
            UNION ALL
            SELECT 7, 'candidate rows', pg_catalog.format('%s runs, %s state, %s object',
                (SELECT pg_catalog.count(*) FROM public.candidate_scan_run), (SELECT pg_catalog.count(*) FROM public.candidate_scan_state),
                (SELECT pg_catalog.count(*) FROM public.candidate_scan_object))
            UNION ALL
            SELECT 8, 'cursors', coalesce((SELECT pg_catalog.string_agg(kept.cursor_name || ' at ' || kept.position, ', ' ORDER BY kept.cursor_name)
                FROM public.candidate_scan_cursor AS kept), 'none')
        ) AS figure (place, name, value)
        UNION ALL
        SELECT 2, object.class_code, 'scan: classes', '["class", "objects", "covered", "pairs", "pairs covered"]',
            pg_catalog.jsonb_build_array(object.class_code, pg_catalog.count(*)::text, (pg_catalog.count(*) FILTER (WHERE object.gaps = 0))::text,
                pg_catalog.sum(object.total)::text, pg_catalog.sum(object.total - object.gaps)::text)
        FROM object
        GROUP BY object.class_code
        UNION ALL
        SELECT 3, pg_catalog.to_char(rule.place, '00000'), 'scan: findings', '["rule", "found now", "open", "title", "events"]', rule.cells
        FROM pg_catalog.jsonb_array_elements(findings) WITH ORDINALITY AS rule (cells, place)
    )
    SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('title', line.title, 'headings', line.headings, 'cells', line.cells)
        ORDER BY line.place, line.sorted COLLATE "C")
    INTO answer
    FROM line;
    PERFORM pg_catalog.set_config('oneroof.scan', answer::text, true);
END
$oneroof$;
SELECT line.entry ->> 'title' AS title, (line.entry -> 'headings')::text AS headings, (line.entry -> 'cells')::text AS cells
FROM pg_catalog.jsonb_array_elements(pg_catalog.current_setting('oneroof.scan')::jsonb) WITH ORDINALITY AS line (entry, place)
ORDER BY line.place;
