-- One-Roof Governance Phase 1, tier 6: scanner baseline.
--
-- Records what the scanner finds on the finished roof: 3 rules, one run under RULESET-GOV-1 (highest version, enacted) with the
-- newest evolution snapshot, 38 findings. Nothing is emitted: no rule is emittable, no governance event type is active.
-- Gated: needs the database directus, an open gate and the ratified APR code in the setting oneroof.ratified_apr.
-- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=APR-..').
-- Writes: oneroof_scan_rule, oneroof_scan_run, oneroof_scan_finding.
-- Undo: prod_rollback/60_scanner_baseline.sql
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
END
$oneroof$;

DO $oneroof$
DECLARE
    item    record;
    windows jsonb := '{}';
    held    text;
BEGIN
    -- The gate first, then the targets by name, then the seam views (a lock on a view reaches its tables).
    FOR item IN
        SELECT listed.kind, listed.relation, listed.mode
        FROM (
            -- oneroof:locks
            VALUES
                (1, 'gate', 'public.os_proposal_approvals', 'SHARE'),
                (2, 'target', 'public.oneroof_scan_finding', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_scan_rule', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_scan_run', 'SHARE ROW EXCLUSIVE'),
                (3, 'seam', 'public.v_governance_object_inventory', 'SHARE'),
                (3, 'seam', 'public.v_governance_scope', 'SHARE')
            -- oneroof:end
        ) AS listed (place, kind, relation, mode)
        ORDER BY listed.place, listed.relation
    LOOP
        held := 'locked';
        IF pg_catalog.to_regclass(item.relation) IS NULL THEN
            -- The guard names what is missing, together with everything else that is.
            held := 'missing: ' || item.relation;
        ELSIF item.kind = 'target' THEN
            EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
        ELSE
            -- The role may be allowed to read the gate and the seam views and no more. Then the window is told, not hidden.
            BEGIN
                EXECUTE pg_catalog.format('LOCK TABLE %s IN %s MODE', item.relation, item.mode);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    held := 're-checked last, the window is open: ' || item.relation;
            END;
        END IF;
        IF item.kind <> 'target' AND coalesce(windows ->> item.kind, 'locked') = 'locked' THEN
            windows := windows || pg_catalog.jsonb_build_object(item.kind, held);
        END IF;
    END LOOP;
    FOR item IN SELECT told.key AS kind, told.value AS actual FROM pg_catalog.jsonb_each_text(windows) AS told ORDER BY told.key
    LOOP
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s.window: expected locked, actual %s',
                CASE WHEN item.actual = 'locked' THEN 'met' ELSE 'warning' END, item.kind, item.actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.kind || '.window', 'severity', 'warning', 'expected', 'locked',
                'actual', item.actual, 'ok', item.actual = 'locked',
                'hint', 'Whoever owns the tables may let this role lock them in SHARE mode; see grants/least_privilege.sql.')::text;
    END LOOP;
END
$oneroof$;

DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
                ('transaction', 'error', 'read write',
                    $q$SELECT CASE pg_catalog.current_setting('transaction_read_only') WHEN 'off' THEN 'read write' ELSE 'read only' END$q$,
                    'Run the file inside one transaction that may write: psql -1 -v ON_ERROR_STOP=1 -f, or 99_run_all.sql, or oneroof.'),
                ('database', 'error',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN 'directus'
                        WHEN pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN pg_catalog.current_database()::text
                        ELSE 'directus_gov_test_YYYYMMDD'
                    END,
                    $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus; only a clone named directus_gov_test_YYYYMMDD may stand in for it, in clone mode.'),
                ('gate',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN 'warning'
                        ELSE 'error'
                    END,
                    '>= 1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.os_proposal_approvals$q$,
                    'The gate is closed. Only people open it: the L2 quorum and the L4 President ratify the proposal (os_proposal_approvals >= 1).'),
                ('apr',
                    CASE
                        -- Where nothing can be written, a code that was not given only means: these could be given.
                        WHEN pg_catalog.current_setting('transaction_read_only') = 'on'
                            AND coalesce(pg_catalog.current_setting('oneroof.ratified_apr', true), '') = '' THEN 'warning'
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN 'warning'
                        ELSE 'error'
                    END,
                    'ratified',
                    $q$
                        WITH given AS (
                            SELECT nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), '') AS code,
                                nullif(pg_catalog.current_setting('oneroof.release_digest', true), '') AS digest
                        ), approval AS (
                            SELECT ospa.proposal_code::text AS code,
                                CASE
                                    WHEN (ospa.approved_by::text ~ '[^[:space:]]') IS NOT TRUE THEN 'approved_by is blank'
                                    WHEN (ospa.signature_ref::text ~ '[^[:space:]]') IS NOT TRUE THEN 'signature_ref is blank'
                                    WHEN ospa.approved_at IS NULL THEN 'approved_at is not set'
                                    WHEN ospa.approved_at > pg_catalog.clock_timestamp() THEN 'approved_at lies in the future'
                                    WHEN pg_catalog.lower(ospa.signature_ref::text) NOT LIKE '%release:sha256:%' THEN 'ratified'
                                    WHEN given.digest IS NULL THEN 'names a release, and the digest of this one was not given'
                                    WHEN given.digest ~ '^sha256:[0-9a-f]{64}$'
                                        AND pg_catalog.lower(ospa.signature_ref::text) ~ ('release:' || given.digest || '([^0-9a-f]|$)')
                                        THEN 'ratified for this release'
                                    ELSE 'names another release'
                                END AS verdict
                            FROM public.os_proposal_approvals AS ospa
                            CROSS JOIN given
                        )
                        SELECT CASE
                            WHEN given.code IS NULL THEN 'not given; ratified: ' || coalesce((
                                SELECT pg_catalog.string_agg(DISTINCT approval.code, ', ' ORDER BY approval.code)
                                FROM approval WHERE approval.verdict LIKE 'ratified%'), 'none')
                            WHEN given.code !~ '^APR-[A-Z0-9-]{1,60}$' THEN 'not an APR code'
                            -- An approval for these very bytes settles it; one for other bytes does not open the gate,
                            -- not even beside one that names no bytes at all.
                            ELSE coalesce((
                                SELECT CASE
                                    WHEN pg_catalog.bool_or(approval.verdict = 'ratified for this release') THEN 'ratified'
                                    WHEN pg_catalog.bool_or(approval.verdict LIKE 'names %')
                                        THEN pg_catalog.min(approval.verdict) FILTER (WHERE approval.verdict LIKE 'names %')
                                    WHEN pg_catalog.bool_or(approval.verdict = 'ratified') THEN 'ratified'
                                    ELSE pg_catalog.min(approval.verdict)
                                END
                                FROM approval
                                WHERE approval.code = given.code
                                HAVING pg_catalog.count(*) > 0), 'no approval has this proposal_code')
                        END
                        FROM given
                    $q$,
                    'Give the APR code of a complete approval of this release, such as APR-BOOT-AUTHMODEL-1; only people ratify one.'),
                ('standing.1', 'error', 'standing',
                    $q$
    WITH shipped (object, parts) AS (
        VALUES
            ('public.oneroof_axis',
                'relation:f07bfdc9 column.axis_code:b890d541 column.ordinal:510c083b column.title:ab546c49 '
                'constraint.oneroof_axis_code_format:9f968dbb constraint.oneroof_axis_ordinal_key:be724272 '
                'constraint.oneroof_axis_ordinal_positive:fda8d0c2 constraint.oneroof_axis_pkey:8c7d8dd2 '
                'constraint.oneroof_axis_title_format:730b8e82 index.oneroof_axis_ordinal_key:06d714ec '
                'index.oneroof_axis_pkey:5c5da52e'),
            ('public.oneroof_axis_value',
                'relation:4a6d127c column.axis_code:c3f07fef column.ordinal:6361b504 column.owner_ref:24d11c28 '
                'column.title:4d019256 column.value_code:eae97070 constraint.oneroof_axis_value_axis_fkey:f0978d85 '
                'constraint.oneroof_axis_value_code_format:a4b30b87 constraint.oneroof_axis_value_ordinal_key:1290322c '
                'constraint.oneroof_axis_value_ordinal_positive:fda8d0c2 constraint.oneroof_axis_value_owner_format:ae1d8b6e '
                'constraint.oneroof_axis_value_owner_key:c96bdfe0 constraint.oneroof_axis_value_pkey:e30c0f0d '
                'constraint.oneroof_axis_value_title_format:730b8e82 index.oneroof_axis_value_ordinal_key:1aa14f40 '
                'index.oneroof_axis_value_owner_key:478a4bf7 index.oneroof_axis_value_pkey:d233d559'),
            ('public.oneroof_axis_binding',
                'relation:9cab65f2 column.authority_axis:8c9f0af3 column.authority_code:7051dfcf column.class_axis:064d411e '
                'column.class_code:e243e8a7 column.scope_axis:b1fafe0b column.scope_code:7486e1ee '
                'constraint.oneroof_axis_binding_authority_fkey:3a0de96e constraint.oneroof_axis_binding_axes:813b2dea '
                'constraint.oneroof_axis_binding_class_fkey:2d63a926 constraint.oneroof_axis_binding_pkey:8916323c '
                'constraint.oneroof_axis_binding_scope_fkey:a1c6a387 index.oneroof_axis_binding_pkey:890b966a'),
            ('public.oneroof_containment_node',
                'relation:eef3a985 column.class_code:28c58f14 column.node_code:1e71dcdf column.node_kind:06b7743c '
                'constraint.oneroof_containment_node_code_format:f617a8ff constraint.oneroof_containment_node_kind_key:493cc6df '
                'constraint.oneroof_containment_node_pkey:1e76c23f index.oneroof_containment_node_kind_key:7b09dab1 '
                'index.oneroof_containment_node_pkey:1245c791'),
            ('public.oneroof_containment_edge',
                'relation:e1242a51 column.child_code:7b6dd2aa column.child_kind:28660058 column.parent_code:64c603b5 '
                'column.parent_kind:7e14168a constraint.oneroof_containment_edge_child_fkey:e5a6bf96 '
                'constraint.oneroof_containment_edge_levels:89e2c836 constraint.oneroof_containment_edge_parent_fkey:84c8e25f '
                'constraint.oneroof_containment_edge_pkey:39428de9 index.oneroof_containment_edge_pkey:cf1cbf2f'),
            ('public.oneroof_topic',
                'relation:4741ba63 column.ordinal:7d6cd55a column.title:e1c78342 column.topic_code:8b9e947b '
                'constraint.oneroof_topic_code_format:39c2c8c6 constraint.oneroof_topic_ordinal_key:be724272 '
                'constraint.oneroof_topic_ordinal_positive:fda8d0c2 constraint.oneroof_topic_pkey:f200fbe5 '
                'constraint.oneroof_topic_title_format:730b8e82 index.oneroof_topic_ordinal_key:3b5ad950 '
                'index.oneroof_topic_pkey:275bbf85'),
            ('public.oneroof_topic_label_rule',
                'relation:e8448db3 column.label_pattern:8246b6a9 column.priority:49160b65 column.topic_code:562d864f '
                'constraint.oneroof_topic_label_rule_pattern_format:bde31f09 constraint.oneroof_topic_label_rule_pkey:6e899ce3 '
                'constraint.oneroof_topic_label_rule_priority_key:ccff5ce8 '
                'constraint.oneroof_topic_label_rule_priority_positive:6b59ca4d '
                'constraint.oneroof_topic_label_rule_topic_fkey:24adac5a index.oneroof_topic_label_rule_pkey:e153d08f '
                'index.oneroof_topic_label_rule_priority_key:90c6f5aa'),
            ('public.oneroof_topic_assignment',
                'relation:7959dd5f column.object_code:dadcdc66 column.topic_code:8593875d '
                'constraint.oneroof_topic_assignment_object_fkey:c013ff64 '
                'constraint.oneroof_topic_assignment_object_format:6ac37923 constraint.oneroof_topic_assignment_pkey:30aa2624 '
                'constraint.oneroof_topic_assignment_topic_fkey:24adac5a index.oneroof_topic_assignment_pkey:416bfff6'),
            ('public.oneroof_scan_rule',
                'relation:8d7c988c column.emittable:efd23981 column.ordinal:034090cd column.rule_code:e4ec4044 '
                'column.subject_kind:ec650556 column.title:690f6cc2 constraint.oneroof_scan_rule_code_format:00b5b82f '
                'constraint.oneroof_scan_rule_not_emittable:d94af84a constraint.oneroof_scan_rule_ordinal_key:be724272 '
                'constraint.oneroof_scan_rule_ordinal_positive:fda8d0c2 constraint.oneroof_scan_rule_pkey:155a8cad '
                'constraint.oneroof_scan_rule_subject_kind:39bbb3f1 constraint.oneroof_scan_rule_title_format:730b8e82 '
                'index.oneroof_scan_rule_ordinal_key:ac8c7e88 index.oneroof_scan_rule_pkey:47758ea0'),
            ('public.oneroof_scan_run',
                'relation:653a3ea6 column.ruleset_code:a2e42fe9 column.ruleset_version:0a3aa2be column.scanned_at:b4d2c0b0 '
                'column.snapshot_id:caf8f164 column.snapshot_ref:99ad2a94 constraint.oneroof_scan_run_pkey:0ced09c7 '
                'constraint.oneroof_scan_run_ruleset_format:0ca2a7f6 constraint.oneroof_scan_run_snapshot_format:7c2edc86 '
                'index.oneroof_scan_run_pkey:72cfcc5c'),
            ('public.oneroof_scan_finding',
                'relation:971ba3e5 column.detail:5faadae1 column.rule_code:bce10b52 column.ruleset_code:e4ca0285 '
                'column.snapshot_ref:c6b047b4 column.state:bd07cbbf column.subject_code:f5f21fe6 '
                'constraint.oneroof_scan_finding_detail_format:2ed8e9b2 constraint.oneroof_scan_finding_pkey:612c6c96 '
                'constraint.oneroof_scan_finding_rule_fkey:f8545893 constraint.oneroof_scan_finding_run_fkey:b1c631c5 '
                'constraint.oneroof_scan_finding_state:edf8bb77 constraint.oneroof_scan_finding_subject_format:e54959d0 '
                'index.oneroof_scan_finding_pkey:89fc68dd'),
            ('public.v_oneroof_axis',
                'relation:6a196913 definition:3f361be0 columns:5c671890'),
            ('public.v_oneroof_axis_value',
                'relation:06de6855 definition:7b0a3ef2 columns:ef63032b'),
            ('public.v_oneroof_axis_binding',
                'relation:f127a13e definition:01550a4f columns:564cf1ca'),
            ('public.v_oneroof_axis_matrix',
                'relation:26204900 definition:7de7c520/e69f6b34 columns:0eec81c8'),
            ('public.v_oneroof_axis_unbound_value',
                'relation:d9090c80 definition:c4c352df/579a417a columns:17a7cee5'),
            ('public.v_oneroof_axis_conflict',
                'relation:7cd63ef2 definition:ed5967e8 columns:22fff467'),
            ('public.v_oneroof_axis_coverage',
                'relation:12befc9e definition:3268de84 columns:a1a7875a'),
            ('public.v_oneroof_ownership_direct',
                'relation:052c6419 definition:36c0090d/9dd93118 columns:77231aee'),
            ('public.v_oneroof_ownership_inherited',
                'relation:35a8885b definition:06f5da57/f0f0f011 columns:fa980e31'),
            ('public.v_oneroof_ownership_effective',
                'relation:c76cfd05 definition:03152a5e/9d9e7445 columns:96b2ac16'),
            ('public.v_oneroof_ownership_coverage',
                'relation:2abe5169 definition:721b235e/b368181c columns:d3bf64ae'),
            ('public.v_oneroof_ownership_provenance',
                'relation:f52dcecb definition:3d8d4f68/84860cba columns:63094fc5'),
            ('public.v_oneroof_containment_tree',
                'relation:341a5bb6 definition:29bdbf49 columns:e486670d'),
            ('public.v_oneroof_containment_path',
                'relation:91c68550 definition:e1bb8c60/84ef2f1a columns:5bb3c507'),
            ('public.v_oneroof_containment_depth',
                'relation:1183bf8c definition:d8159c31/f88799c4 columns:f38c00fe'),
            ('public.v_oneroof_containment_gap',
                'relation:5b432d0e definition:cad5de34 columns:bd293167'),
            ('public.v_oneroof_containment_cycle',
                'relation:6ad0332f definition:dc12349d/0e4b9632 columns:2b85e093'),
            ('public.v_oneroof_containment_multi_parent',
                'relation:b42a8285 definition:ed8f69c8/98f631a3 columns:a78ced0b'),
            ('public.v_oneroof_topic_assignment',
                'relation:80eb033c definition:5dbf626f columns:2146f1a4'),
            ('public.v_oneroof_topic_projection',
                'relation:90170bf3 definition:4c3d47f4 columns:53e4e0be'),
            ('public.v_oneroof_topic_divergent',
                'relation:566e9d6d definition:08ec0d38 columns:fc4bf041'),
            ('public.v_oneroof_topic_projection_pending',
                'relation:6fd97804 definition:78cb1011 columns:9ed3944c'),
            ('public.v_oneroof_topic_coverage',
                'relation:2ea99b5d definition:05ba0d49 columns:9636ed11'),
            ('public.v_oneroof_topic_sparse',
                'relation:6e5e90a0 definition:bccb47af/6947bc81 columns:ec15c071'),
            ('public.v_oneroof_label_rule_alignment',
                'relation:a2aaf2ec definition:d5ab6d46 columns:8d2ee8d5'),
            ('public.v_oneroof_scan_candidate_finding',
                'relation:b9bbe561 definition:3a2b3bd7 columns:f77ea812'),
            ('public.v_oneroof_scan_run_latest',
                'relation:4f58c5f1 definition:ee99cc6d/27e64c25 columns:7f95802e'),
            ('public.v_oneroof_scan_finding_open',
                'relation:3f377a47 definition:1d69b99d columns:488af98f'),
            ('public.v_oneroof_scan_emittable',
                'relation:9ea0cfcc definition:152bbd09 columns:bf4e8e51'),
            ('public.v_oneroof_scan_rule_summary',
                'relation:9aec7036 definition:aaf06dad columns:4812c10c'),
            ('public.v_oneroof_roof_status',
                'relation:b9145796 definition:976d87c7 columns:caad4367'),
            ('public.fn_oneroof_scan(text, text)',
                'definition:02d8938d')
    ), packet AS (
        SELECT shipped.object,
            CASE WHEN shipped.object NOT LIKE '%(%' THEN pg_catalog.to_regclass(shipped.object) END::oid AS relation,
            CASE WHEN shipped.object LIKE '%(%' THEN pg_catalog.to_regprocedure(shipped.object) END::oid AS routine
        FROM shipped
    ), present AS (
        SELECT packet.object, packet.relation, packet.routine
        FROM packet
        WHERE packet.relation IS NOT NULL OR packet.routine IS NOT NULL
    ), shape (object, part, words) AS (
        SELECT present.object, 'relation',
            ROW(class.relkind, class.relpersistence, class.relrowsecurity, class.relforcerowsecurity, class.relreplident,
                class.relispartition, class.reloptions, pg_catalog.obj_description(class.oid, 'pg_class'))::text
        FROM present
        JOIN pg_catalog.pg_class AS class ON class.oid = present.relation
        UNION ALL
        SELECT present.object, 'column.' || attribute.attname,
            ROW(pg_catalog.format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull, attribute.attidentity,
                attribute.attgenerated, coll.collname, pg_catalog.pg_get_expr(fallback.adbin, fallback.adrelid),
                pg_catalog.col_description(attribute.attrelid, attribute.attnum))::text
        FROM present
        JOIN pg_catalog.pg_class AS class ON class.oid = present.relation AND class.relkind <> 'v'
        JOIN pg_catalog.pg_attribute AS attribute
            ON attribute.attrelid = present.relation AND attribute.attnum > 0 AND NOT attribute.attisdropped
        LEFT JOIN pg_catalog.pg_collation AS coll ON coll.oid = attribute.attcollation
        LEFT JOIN pg_catalog.pg_attrdef AS fallback
            ON fallback.adrelid = attribute.attrelid AND fallback.adnum = attribute.attnum
        UNION ALL
        SELECT present.object, 'constraint.' || found.conname,
            ROW(pg_catalog.pg_get_constraintdef(found.oid), found.convalidated, pg_catalog.obj_description(found.oid, 'pg_constraint'))::text
        FROM present
        JOIN pg_catalog.pg_constraint AS found ON found.conrelid = present.relation AND found.contype <> 'n'
        UNION ALL
        SELECT present.object, 'index.' || class.relname,
            ROW(pg_catalog.pg_get_indexdef(class.oid), index.indisvalid, class.reloptions, pg_catalog.obj_description(class.oid, 'pg_class'))::text
        FROM present
        JOIN pg_catalog.pg_index AS index ON index.indrelid = present.relation
        JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
        UNION ALL
        SELECT present.object, 'definition',
            -- Whether a seam column is text or varchar shows as a cast of the column, and only so.
            pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.pg_get_viewdef(class.oid),
                '\(([a-z_]+\.)?([a-z_]+)\)::text', '\1\2', 'g'),
                '\m([a-z_]+\.)?([a-z_]+) AS \2\M', '\1\2', 'g')
        FROM present
        JOIN pg_catalog.pg_class AS class ON class.oid = present.relation AND class.relkind = 'v'
        UNION ALL
        SELECT present.object, 'columns',
            pg_catalog.string_agg(ROW(attribute.attname, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
                pg_catalog.col_description(attribute.attrelid, attribute.attnum))::text, ' ' ORDER BY attribute.attnum)
        FROM present
        JOIN pg_catalog.pg_class AS class ON class.oid = present.relation AND class.relkind = 'v'
        JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0
        GROUP BY present.object
        UNION ALL
        SELECT present.object, 'definition',
            ROW(pg_catalog.pg_get_functiondef(present.routine), pg_catalog.obj_description(present.routine, 'pg_proc'))::text
        FROM present
        WHERE present.routine IS NOT NULL
    ), live (object, part, digest) AS (
        -- The schema's own name is no shape: it is taken away before the packet's names.
        SELECT shape.object, shape.part, pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
            pg_catalog.regexp_replace(shape.words, '\m[a-z_]+\.((v_|fn_)?oneroof_)', '\1', 'g'), 'UTF8')), 'hex'), 8)
        FROM shape
    ), expected (object, part, digest) AS (
        -- Two digests for a view: servers before 16 qualify every column, later ones only where it is needed.
        SELECT present.object, pg_catalog.split_part(token.word, ':', 1),
            CASE
                WHEN token.word LIKE '%/%' AND pg_catalog.current_setting('server_version_num')::integer >= 160000
                    THEN pg_catalog.split_part(token.word, '/', 2)
                ELSE pg_catalog.split_part(pg_catalog.split_part(token.word, ':', 2), '/', 1)
            END
        FROM present
        JOIN shipped ON shipped.object = present.object
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(shipped.parts, ' ') AS token (word)
    ), own (classid, objid) AS (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, present.relation FROM present WHERE present.relation IS NOT NULL
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::oid, present.routine FROM present WHERE present.routine IS NOT NULL
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::oid, kind.oid
        FROM present
        JOIN pg_catalog.pg_class AS class ON class.oid = present.relation
        JOIN pg_catalog.pg_type AS kind ON kind.oid = class.reltype OR kind.typelem = class.reltype
    ), dependent AS (
        -- What someone put on ours, or built on it: DROP without CASCADE would stop at some of it and take the rest along.
        SELECT DISTINCT depend.classid, depend.objid
        FROM own
        JOIN pg_catalog.pg_depend AS depend ON depend.refclassid = own.classid AND depend.refobjid = own.objid AND depend.deptype <> 'i'
        WHERE NOT EXISTS (SELECT FROM own AS mine WHERE mine.classid = depend.classid AND mine.objid = depend.objid)
    ), difference (place, words) AS (
        SELECT 1, packet.object || ' is missing'
        FROM packet
        WHERE packet.relation IS NULL AND packet.routine IS NULL
        UNION ALL
        SELECT 2, CASE
                WHEN expected.part IS NULL
                    THEN pg_catalog.format('%s of %s is not ours', pg_catalog.replace(live.part, '.', ' '), live.object)
                WHEN live.part IS NULL
                    THEN pg_catalog.format('%s of %s is missing', pg_catalog.replace(expected.part, '.', ' '), expected.object)
                ELSE pg_catalog.format('%s of %s is not as shipped', pg_catalog.replace(live.part, '.', ' '), live.object)
            END
        FROM live
        FULL JOIN expected ON expected.object = live.object AND expected.part = live.part
        WHERE expected.digest IS DISTINCT FROM live.digest
        UNION ALL
        SELECT 3, CASE
                -- A view is told by its own name, not by that of the rule which PostgreSQL keeps for it.
                WHEN rule.rulename = '_RETURN' THEN CASE viewed.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END
                    || viewed.oid::pg_catalog.regclass::text
                ELSE identified.type || ' ' || identified.identity
            END || ' is not ours'
        FROM dependent
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(dependent.classid, dependent.objid, 0) AS identified
        LEFT JOIN pg_catalog.pg_rewrite AS rule
            ON dependent.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rule.oid = dependent.objid
        LEFT JOIN pg_catalog.pg_class AS viewed ON viewed.oid = rule.ev_class
        -- Ours again: constraints, defaults, indexes and _RETURN rules of our own relations, compared above.
        WHERE NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS held
                JOIN present ON present.relation = held.conrelid
                WHERE dependent.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND held.oid = dependent.objid)
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_attrdef AS held
                JOIN present ON present.relation = held.adrelid
                WHERE dependent.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND held.oid = dependent.objid)
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_index AS held
                JOIN present ON present.relation = held.indrelid
                WHERE dependent.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND held.indexrelid = dependent.objid)
            AND NOT EXISTS (SELECT FROM present WHERE present.relation = rule.ev_class AND rule.rulename = '_RETURN')
        UNION ALL
        SELECT 4, pg_catalog.format('a trigger of %s is switched off', present.object)
        FROM present
        JOIN pg_catalog.pg_trigger AS trigger ON trigger.tgrelid = present.relation
        WHERE trigger.tgisinternal AND trigger.tgenabled <> 'O'
        UNION ALL
        SELECT 5, pg_catalog.format('%s inherits from %s', present.object, inherited.inhparent::pg_catalog.regclass)
        FROM present
        JOIN pg_catalog.pg_inherits AS inherited ON inherited.inhrelid = present.relation
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM present) THEN 'absent'
        ELSE coalesce((
            SELECT 'altered: ' || difference.words
            FROM difference
            ORDER BY difference.place, difference.words COLLATE "C"
            LIMIT 1), 'standing')
    END
                    $q$,
                    'Tier 1 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('standing.2', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_axis'),
                        pg_catalog.to_regclass('public.oneroof_axis_value'),
                        pg_catalog.to_regclass('public.oneroof_axis_binding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH shipped (words) AS (
        SELECT 'oneroof_axis ' || axis::text
        FROM (VALUES ('AUTHORITY', 1, 'Authority'), ('SCOPE', 2, 'Scope'), ('CLASS', 3, 'Class')) AS axis
        UNION ALL
        SELECT 'oneroof_axis_value ' || axis_value::text
        FROM (VALUES
            ('AUTHORITY', 'L1', 1, 'Member', NULL), ('AUTHORITY', 'L2', 2, 'Council', 'L2-COUNCIL'),
            ('AUTHORITY', 'L3', 3, 'Steward', 'L3-STEWARD'), ('AUTHORITY', 'L4', 4, 'President', 'L4-PRESIDENT'),
            ('SCOPE', 'define', 1, 'Define', NULL), ('SCOPE', 'approve', 2, 'Approve', NULL), ('SCOPE', 'operate', 3, 'Operate', NULL),
            ('SCOPE', 'observe', 4, 'Observe', NULL), ('SCOPE', 'remediate', 5, 'Remediate', NULL), ('SCOPE', 'retire', 6, 'Retire', NULL),
            ('CLASS', 'LAW', 1, 'Law', NULL), ('CLASS', 'PROC', 2, 'Process', NULL), ('CLASS', 'DATA', 3, 'Data', NULL),
            ('CLASS', 'SVC', 4, 'Service', NULL), ('CLASS', 'ROLE', 5, 'Role', NULL)
        ) AS axis_value
        UNION ALL
        SELECT 'oneroof_axis_binding ' || ROW(matrix.class_code, bound.scope_code, bound.authority_code, 'CLASS', 'SCOPE', 'AUTHORITY')::text
        FROM (VALUES
            ('LAW', 'L4', 'L4', 'L2', 'L2', 'L3', 'L4'),
            ('PROC', 'L3', 'L4', 'L2', 'L2', 'L2', 'L3'),
            ('DATA', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
            ('SVC', 'L2', 'L3', 'L2', 'L2', 'L2', 'L3'),
            ('ROLE', 'L3', 'L4', 'L2', 'L2', 'L3', 'L4')
        ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
        CROSS JOIN LATERAL (VALUES
            ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
            ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
        ) AS bound (scope_code, authority_code)
    ), live (words) AS (
        SELECT 'oneroof_axis ' || ROW(axis.axis_code, axis.ordinal, axis.title)::text
        FROM public.oneroof_axis AS axis
        UNION ALL
        SELECT 'oneroof_axis_value ' || ROW(held.axis_code, held.value_code, held.ordinal, held.title, held.owner_ref)::text
        FROM public.oneroof_axis_value AS held
        UNION ALL
        SELECT 'oneroof_axis_binding ' || ROW(binding.class_code, binding.scope_code, binding.authority_code,
            binding.class_axis, binding.scope_axis, binding.authority_axis)::text
        FROM public.oneroof_axis_binding AS binding
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Tier 2 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('standing.3', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(pg_catalog.to_regclass('public.governance_object_ownership'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        ELSE $q$
    WITH shipped (words) AS (
        SELECT 'governance_object_ownership ' || ROW('class', matrix.class_code, bound.scope_code, bound.owner_ref)::text
        FROM (VALUES
            ('LAW', 'L4-PRESIDENT', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT'),
            ('PROC', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('DATA', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('SVC', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
            ('ROLE', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT')
        ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
        CROSS JOIN LATERAL (VALUES
            ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
            ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
        ) AS bound (scope_code, owner_ref)
    ), seeded AS (
        -- Ours is what carries our tag; rows of others are no part of the tier.
        SELECT owned.subject_kind::text AS subject_kind, owned.subject_code::text AS subject_code, owned.scope_code::text AS scope_code,
            owned.owner_ref::text AS owner_ref, owned.approval_ref::text AS approval_ref
        FROM public.governance_object_ownership AS owned
        WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT'
    ), live (words) AS (
        SELECT 'governance_object_ownership ' || ROW(seeded.subject_kind, seeded.subject_code, seeded.scope_code, seeded.owner_ref)::text
        FROM seeded
    ), approved AS (
        -- One approval for all of it. A clone whose gate is waived carries the word for that instead.
        SELECT pg_catalog.count(DISTINCT coalesce(seeded.approval_ref, '')) = 1
            AND pg_catalog.bool_and(coalesce(seeded.approval_ref ~ '^APR-[A-Z0-9-]{1,60}$' OR (seeded.approval_ref = 'CLONE-GATE-WAIVED'
                AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$'), false)) AS alike,
            pg_catalog.string_agg(DISTINCT coalesce(seeded.approval_ref, 'NULL'), ', ') AS words
        FROM seeded
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added),
            (SELECT 'the approval_ref of the seed is not one APR code: ' || approved.words FROM approved WHERE NOT approved.alike)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                    END,
                    'Tier 3 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('standing.4', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_containment_node'),
                        pg_catalog.to_regclass('public.oneroof_containment_edge'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 2 THEN $q$
    WITH wing (class_code, objects) AS (
        VALUES
            ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
            ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
            ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ), shipped (words) AS (
        SELECT 'oneroof_containment_node (ONE-ROOF,roof,)'
        UNION ALL
        SELECT pg_catalog.format('oneroof_containment_node (WING-%s,wing,%s)', wing.class_code, wing.class_code)
        FROM wing
        UNION ALL
        SELECT pg_catalog.format('oneroof_containment_edge (WING-%s,wing,ONE-ROOF,roof)', wing.class_code)
        FROM wing
        UNION ALL
        SELECT pg_catalog.format('oneroof_containment_node (%s,object,%s)', object.code, wing.class_code)
        FROM wing
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
        UNION ALL
        SELECT pg_catalog.format('oneroof_containment_edge (%s,object,WING-%s,wing)', object.code, wing.class_code)
        FROM wing
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
    ), live (words) AS (
        SELECT 'oneroof_containment_node ' || ROW(node.node_code, node.node_kind, node.class_code)::text
        FROM public.oneroof_containment_node AS node
        UNION ALL
        SELECT 'oneroof_containment_edge ' || ROW(edge.child_code, edge.child_kind, edge.parent_code, edge.parent_kind)::text
        FROM public.oneroof_containment_edge AS edge
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Tier 4 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('standing.5', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_topic'),
                        pg_catalog.to_regclass('public.oneroof_topic_label_rule'),
                        pg_catalog.to_regclass('public.oneroof_topic_assignment'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH topic (ordinal, topic_code, title, priority, label_pattern, objects) AS (
        VALUES
            (1, 'constitution', 'Constitution', 3, 'law/%', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            (2, 'lifecycle', 'Lifecycle', 4, 'proc/%', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            (3, 'knowledge', 'Knowledge', 5, 'data/%', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08'),
            (4, 'audit', 'Audit', 1, 'data/audit%', 'GOV-DATA-09'),
            (5, 'operations', 'Operations', 6, 'svc/%', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05'),
            (6, 'integration', 'Integration', 2, 'svc/bridge%', 'GOV-SVC-06'),
            (7, 'identity', 'Identity', 7, 'role/%', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ), shipped (words) AS (
        SELECT 'oneroof_topic ' || ROW(topic.topic_code, topic.ordinal, topic.title)::text
        FROM topic
        UNION ALL
        SELECT 'oneroof_topic_label_rule ' || ROW(topic.label_pattern, topic.priority, topic.topic_code)::text
        FROM topic
        UNION ALL
        SELECT 'oneroof_topic_assignment ' || ROW(object.code, topic.topic_code)::text
        FROM topic
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(topic.objects, ' ') AS object (code)
    ), live (words) AS (
        SELECT 'oneroof_topic ' || ROW(held.topic_code, held.ordinal, held.title)::text
        FROM public.oneroof_topic AS held
        UNION ALL
        SELECT 'oneroof_topic_label_rule ' || ROW(rule.label_pattern, rule.priority, rule.topic_code)::text
        FROM public.oneroof_topic_label_rule AS rule
        UNION ALL
        SELECT 'oneroof_topic_assignment ' || ROW(assignment.object_code, assignment.topic_code)::text
        FROM public.oneroof_topic_assignment AS assignment
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Tier 5 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('standing.6', 'error', 'absent',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_scan_rule'),
                        pg_catalog.to_regclass('public.oneroof_scan_run'),
                        pg_catalog.to_regclass('public.oneroof_scan_finding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH wing (class_code, objects) AS (
        VALUES
            ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
            ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
            ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ), found (rule_code, subject_code, detail) AS (
        SELECT 'SCN-OWNER-INHERITED-ONLY', object.code, 'no direct owner; what it has comes from class ' || wing.class_code
        FROM wing
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
        UNION ALL
        VALUES
            ('SCN-TOPIC-SPARSE', 'audit', 'the topic has a single object'),
            ('SCN-TOPIC-SPARSE', 'integration', 'the topic has a single object'),
            ('SCN-AXIS-VALUE-UNBOUND', 'AUTHORITY/L1', 'no binding uses the value')
    ), shipped (words) AS (
        SELECT 'oneroof_scan_rule ' || rule::text
        FROM (VALUES
            ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object', false),
            ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic', false),
            ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value', false)
        ) AS rule
        UNION ALL
        SELECT 'oneroof_scan_run of RULESET-GOV-1'
        UNION ALL
        SELECT 'oneroof_scan_finding ' || ROW(found.rule_code, found.subject_code, found.detail, 'open')::text
        FROM found
    ), later AS (
        -- The first run is the tier's own; one that somebody made since is told by its snapshot.
        SELECT run.ruleset_code, run.snapshot_ref,
            CASE
                WHEN pg_catalog.row_number() OVER (ORDER BY run.scanned_at, run.ruleset_code, run.snapshot_ref) = 1 THEN ''
                ELSE pg_catalog.format(' of %s with %s', run.ruleset_code, run.snapshot_ref)
            END AS words
        FROM public.oneroof_scan_run AS run
    ), live (words) AS (
        SELECT 'oneroof_scan_rule ' || ROW(rule.rule_code, rule.ordinal, rule.title, rule.subject_kind, rule.emittable)::text
        FROM public.oneroof_scan_rule AS rule
        UNION ALL
        -- Which snapshot the run used is told by the run itself, as long as production does not say otherwise.
        SELECT CASE
                WHEN later.words <> '' THEN 'oneroof_scan_run' || later.words
                WHEN run.ruleset_code <> 'RULESET-GOV-1' THEN 'oneroof_scan_run of ' || run.ruleset_code
                WHEN named.snapshots > 0 AND named.same_snapshots = 0
                    THEN pg_catalog.format('oneroof_scan_run with snapshot_id %s, which is not that of %s', run.snapshot_id, run.snapshot_ref)
                WHEN ruled.versions > 0 AND ruled.same_versions = 0
                    THEN pg_catalog.format('oneroof_scan_run of version %s, which %s does not have', run.ruleset_version, run.ruleset_code)
                ELSE 'oneroof_scan_run of RULESET-GOV-1'
            END
        FROM public.oneroof_scan_run AS run
        JOIN later ON later.ruleset_code = run.ruleset_code AND later.snapshot_ref = run.snapshot_ref
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS snapshots, pg_catalog.count(*) FILTER (WHERE known.id = run.snapshot_id) AS same_snapshots
            FROM public.evolution_snapshots AS known
            WHERE known.snapshot_ref::text = run.snapshot_ref
        ) AS named
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS versions, pg_catalog.count(*) FILTER (WHERE known.version = run.ruleset_version) AS same_versions
            FROM public.governance_ruleset AS known
            WHERE known.ruleset_code::text = run.ruleset_code
        ) AS ruled
        UNION ALL
        SELECT pg_catalog.format('oneroof_scan_finding%s %s', later.words,
            ROW(finding.rule_code, finding.subject_code, finding.detail, finding.state)::text)
        FROM public.oneroof_scan_finding AS finding
        JOIN later ON later.ruleset_code = finding.ruleset_code AND later.snapshot_ref = finding.snapshot_ref
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Nothing of tier 6 may be there: roll it back first, from the top down.'),
                ('inventory', 'error', '35',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_object_inventory$q$,
                    'The release was reviewed for 35 governed objects; with others it must be reviewed again.'),
                ('scopes', 'error', '6',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_scope$q$,
                    'The release was reviewed for 6 scopes; with others it must be reviewed again.'),
                ('reference.objects', 'error', 'as reviewed',
                    $q$
                        WITH reviewed AS (
                            SELECT wing.class_code, object.code AS object_code
                            FROM (VALUES
                                ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
                                ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
                                ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
                                ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
                                ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
                            ) AS wing (class_code, objects)
                            CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
                        ), live AS (
                            SELECT inventory.class_code::text AS class_code, inventory.object_code::text AS object_code
                            FROM public.v_governance_object_inventory AS inventory
                        ), difference AS (
                            SELECT pg_catalog.format('%s of class %s is not in production', missing.object_code, missing.class_code) AS words
                            FROM (TABLE reviewed EXCEPT ALL TABLE live) AS missing
                            UNION ALL
                            SELECT pg_catalog.format('%s of class %s was not reviewed', added.object_code, added.class_code)
                            FROM (TABLE live EXCEPT ALL TABLE reviewed) AS added
                        )
                        SELECT coalesce(pg_catalog.string_agg(difference.words, '; ' ORDER BY difference.words COLLATE "C"), 'as reviewed')
                        FROM difference
                    $q$,
                    'The governed objects of production are not those that a person reviewed; the release must be reviewed again.'),
                ('reference.labels', 'error', 'as reviewed',
                    $q$
                        WITH rule AS (
                            SELECT listed.priority, listed.label_pattern, listed.topic_code, listed.objects
                            FROM (VALUES
                                (1, 'data/audit%', 'audit', 'GOV-DATA-09'),
                                (2, 'svc/bridge%', 'integration', 'GOV-SVC-06'),
                                (3, 'law/%', 'constitution', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
                                (4, 'proc/%', 'lifecycle', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
                                (5, 'data/%', 'knowledge', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08'),
                                (6, 'svc/%', 'operations', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05'),
                                (7, 'role/%', 'identity', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
                            ) AS listed (priority, label_pattern, topic_code, objects)
                        ), reviewed AS (
                            SELECT object.code AS object_code, rule.topic_code
                            FROM rule
                            CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(rule.objects, ' ') AS object (code)
                        ), live AS (
                            SELECT inventory.object_code::text AS object_code, inventory.label::text AS label
                            FROM public.v_governance_object_inventory AS inventory
                        ), projected AS (
                            SELECT DISTINCT ON (live.object_code) live.object_code, rule.topic_code
                            FROM live
                            JOIN rule ON live.label LIKE rule.label_pattern
                            ORDER BY live.object_code, rule.priority
                        )
                        SELECT coalesce(pg_catalog.string_agg(
                            pg_catalog.format('%s with label %s is of topic %s, reviewed as %s', live.object_code, coalesce(live.label, 'NULL'),
                                coalesce(projected.topic_code, 'none'), coalesce(reviewed.topic_code, 'none')),
                            '; ' ORDER BY live.object_code COLLATE "C"), 'as reviewed')
                        FROM live
                        LEFT JOIN projected ON projected.object_code = live.object_code
                        LEFT JOIN reviewed ON reviewed.object_code = live.object_code
                        WHERE projected.topic_code IS NULL OR reviewed.topic_code IS NULL OR projected.topic_code <> reviewed.topic_code
                    $q$,
                    'The label rules no longer say what a person reviewed; mend the label in the application, or review the release again.'),
                ('reference.ruleset', 'error', 'enacted',
                    $q$
                        SELECT pg_catalog.string_agg(DISTINCT coalesce(ruleset.status::text, 'without a status'), ' and ')
                        FROM public.governance_ruleset AS ruleset
                        WHERE ruleset.ruleset_code::text = 'RULESET-GOV-1'
                            AND ruleset.version = (
                                SELECT pg_catalog.max(highest.version) FROM public.governance_ruleset AS highest
                                WHERE highest.ruleset_code::text = 'RULESET-GOV-1')
                    $q$,
                    'RULESET-GOV-1 must be enacted at its highest version; only its governance enacts it.'),
                ('reference.snapshot', 'error', 'present',
                    $q$
                        SELECT CASE
                            WHEN newest.taken_at IS NULL THEN 'no snapshot has a taken_at'
                            WHEN (newest.snapshot_ref::text ~ '[^[:space:]]') IS NOT TRUE THEN 'the newest snapshot has no snapshot_ref'
                            ELSE 'present'
                        END
                        FROM public.evolution_snapshots AS newest
                        ORDER BY newest.taken_at DESC NULLS LAST, newest.id DESC
                        LIMIT 1
                    $q$,
                    'The scan needs the newest evolution snapshot, with its snapshot_ref; let the application take one.'),
                ('ownership', 'error', '30',
                    $q$SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership$q$,
                    'Ownership must stand as the release expects it: look who wrote the rows, by created_by.'),
                ('gap', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_gap$q$,
                    'Look at v_governance_ownership_gap: the pairs of object and scope without an owner are not as expected.'),
                ('conflict', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_conflict$q$,
                    'Look at v_governance_ownership_conflict: whoever governs the objects settles it.'),
                ('gov_emit', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit$q$,
                    'Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.'),
                ('event_types_active', 'error', '0',
                    $q$
                        SELECT pg_catalog.count(*)::text FROM public.event_type_registry AS registered
                        WHERE registered.domain::text = 'governance' AND registered.active
                    $q$,
                    'A governance event type is active in event_type_registry; whoever turned it on must say why.')
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not be asked: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name, 'severity', item.severity, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity = 'error' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
        END IF;
    END LOOP;
    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is told above, with what to do and who does it.';
    END IF;
END
$oneroof$;
-- oneroof:body
INSERT INTO public.oneroof_scan_rule (rule_code, ordinal, title, subject_kind) VALUES
    ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object'),
    ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic'),
    ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value');

SELECT newest.snapshot_ref, scanned.inserted, scanned.updated, scanned.unchanged
FROM (
    SELECT snapshot.snapshot_ref::text AS snapshot_ref
    FROM public.evolution_snapshots AS snapshot
    ORDER BY snapshot.taken_at DESC NULLS LAST, snapshot.id DESC
    LIMIT 1
) AS newest
CROSS JOIN LATERAL public.fn_oneroof_scan('RULESET-GOV-1', newest.snapshot_ref) AS scanned;

ANALYZE public.oneroof_scan_rule, public.oneroof_scan_run, public.oneroof_scan_finding;
-- oneroof:assert
DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
                ('scan_rules', 'error', '3',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_rule$q$,
                    'Look at public.oneroof_scan_rule: the tier did not end as it must, so nothing of it was kept.'),
                ('scan_runs', 'error', '1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_run$q$,
                    'Look at public.oneroof_scan_run: the tier did not end as it must, so nothing of it was kept.'),
                ('findings', 'error', '38',
                    $q$SELECT pg_catalog.count(*)::text FROM public.oneroof_scan_finding$q$,
                    'Look at public.oneroof_scan_finding: the tier did not end as it must, so nothing of it was kept.'),
                ('findings_by_rule', 'error', 'SCN-OWNER-INHERITED-ONLY 35, SCN-TOPIC-SPARSE 2, SCN-AXIS-VALUE-UNBOUND 1',
                    $q$
                        SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', summary.rule_code, summary.findings), ', ' ORDER BY summary.ordinal)
                        FROM public.v_oneroof_scan_rule_summary AS summary
                    $q$,
                    'The scan found something else than on the reviewed baseline; look at v_oneroof_scan_rule_summary.'),
                ('scan_drift', 'error', '0',
                    $q$
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
                    $q$,
                    'A scan now would find something else than is recorded; compare v_oneroof_scan_candidate_finding with v_oneroof_scan_finding_open.'),
                ('second_run', 'error', '0 inserted, 0 updated, 38 unchanged',
                    $q$
                        SELECT pg_catalog.format('%s inserted, %s updated, %s unchanged', again.inserted, again.updated, again.unchanged)
                        FROM public.oneroof_scan_run AS run
                        CROSS JOIN LATERAL public.fn_oneroof_scan(run.ruleset_code, run.snapshot_ref) AS again
                    $q$,
                    'Scanning again must change nothing; look at v_oneroof_scan_candidate_finding.'),
                ('emittable', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_oneroof_scan_emittable$q$,
                    'No finding may become an event in this phase; look at v_oneroof_scan_emittable.'),
                ('gov_emit', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit$q$,
                    'Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.'),
                ('event_types_active', 'error', '0',
                    $q$
                        SELECT pg_catalog.count(*)::text FROM public.event_type_registry AS registered
                        WHERE registered.domain::text = 'governance' AND registered.active
                    $q$,
                    'A governance event type is active in event_type_registry; whoever turned it on must say why.'),
                ('outbox', 'error', 'not written',
                    $q$
                        SELECT CASE WHEN pg_catalog.count(*) = 0 THEN 'not written' ELSE 'written' END
                        FROM pg_catalog.pg_locks AS held
                        WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
                            AND held.relation = 'public.event_outbox'::pg_catalog.regclass
                            AND held.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                    $q$,
                    'Something in the tier wrote the outbox; nothing of it was kept. Look for a trigger on the tables that the tier writes.'),
                ('standing.6', 'error', 'standing',
                    CASE pg_catalog.num_nonnulls(
                        pg_catalog.to_regclass('public.oneroof_scan_rule'),
                        pg_catalog.to_regclass('public.oneroof_scan_run'),
                        pg_catalog.to_regclass('public.oneroof_scan_finding'))
                        WHEN 0 THEN $q$SELECT 'absent'$q$
                        WHEN 3 THEN $q$
    WITH wing (class_code, objects) AS (
        VALUES
            ('LAW', 'GOV-LAW-01 GOV-LAW-02 GOV-LAW-03 GOV-LAW-04 GOV-LAW-05 GOV-LAW-06 GOV-LAW-07 GOV-LAW-08'),
            ('PROC', 'GOV-PROC-01 GOV-PROC-02 GOV-PROC-03 GOV-PROC-04 GOV-PROC-05 GOV-PROC-06 GOV-PROC-07'),
            ('DATA', 'GOV-DATA-01 GOV-DATA-02 GOV-DATA-03 GOV-DATA-04 GOV-DATA-05 GOV-DATA-06 GOV-DATA-07 GOV-DATA-08 GOV-DATA-09'),
            ('SVC', 'GOV-SVC-01 GOV-SVC-02 GOV-SVC-03 GOV-SVC-04 GOV-SVC-05 GOV-SVC-06'),
            ('ROLE', 'GOV-ROLE-01 GOV-ROLE-02 GOV-ROLE-03 GOV-ROLE-04 GOV-ROLE-05')
    ), found (rule_code, subject_code, detail) AS (
        SELECT 'SCN-OWNER-INHERITED-ONLY', object.code, 'no direct owner; what it has comes from class ' || wing.class_code
        FROM wing
        CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(wing.objects, ' ') AS object (code)
        UNION ALL
        VALUES
            ('SCN-TOPIC-SPARSE', 'audit', 'the topic has a single object'),
            ('SCN-TOPIC-SPARSE', 'integration', 'the topic has a single object'),
            ('SCN-AXIS-VALUE-UNBOUND', 'AUTHORITY/L1', 'no binding uses the value')
    ), shipped (words) AS (
        SELECT 'oneroof_scan_rule ' || rule::text
        FROM (VALUES
            ('SCN-OWNER-INHERITED-ONLY', 1, 'Object without a direct owner', 'object', false),
            ('SCN-TOPIC-SPARSE', 2, 'Topic with a single object', 'topic', false),
            ('SCN-AXIS-VALUE-UNBOUND', 3, 'Axis value without a binding', 'axis value', false)
        ) AS rule
        UNION ALL
        SELECT 'oneroof_scan_run of RULESET-GOV-1'
        UNION ALL
        SELECT 'oneroof_scan_finding ' || ROW(found.rule_code, found.subject_code, found.detail, 'open')::text
        FROM found
    ), later AS (
        -- The first run is the tier's own; one that somebody made since is told by its snapshot.
        SELECT run.ruleset_code, run.snapshot_ref,
            CASE
                WHEN pg_catalog.row_number() OVER (ORDER BY run.scanned_at, run.ruleset_code, run.snapshot_ref) = 1 THEN ''
                ELSE pg_catalog.format(' of %s with %s', run.ruleset_code, run.snapshot_ref)
            END AS words
        FROM public.oneroof_scan_run AS run
    ), live (words) AS (
        SELECT 'oneroof_scan_rule ' || ROW(rule.rule_code, rule.ordinal, rule.title, rule.subject_kind, rule.emittable)::text
        FROM public.oneroof_scan_rule AS rule
        UNION ALL
        -- Which snapshot the run used is told by the run itself, as long as production does not say otherwise.
        SELECT CASE
                WHEN later.words <> '' THEN 'oneroof_scan_run' || later.words
                WHEN run.ruleset_code <> 'RULESET-GOV-1' THEN 'oneroof_scan_run of ' || run.ruleset_code
                WHEN named.snapshots > 0 AND named.same_snapshots = 0
                    THEN pg_catalog.format('oneroof_scan_run with snapshot_id %s, which is not that of %s', run.snapshot_id, run.snapshot_ref)
                WHEN ruled.versions > 0 AND ruled.same_versions = 0
                    THEN pg_catalog.format('oneroof_scan_run of version %s, which %s does not have', run.ruleset_version, run.ruleset_code)
                ELSE 'oneroof_scan_run of RULESET-GOV-1'
            END
        FROM public.oneroof_scan_run AS run
        JOIN later ON later.ruleset_code = run.ruleset_code AND later.snapshot_ref = run.snapshot_ref
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS snapshots, pg_catalog.count(*) FILTER (WHERE known.id = run.snapshot_id) AS same_snapshots
            FROM public.evolution_snapshots AS known
            WHERE known.snapshot_ref::text = run.snapshot_ref
        ) AS named
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS versions, pg_catalog.count(*) FILTER (WHERE known.version = run.ruleset_version) AS same_versions
            FROM public.governance_ruleset AS known
            WHERE known.ruleset_code::text = run.ruleset_code
        ) AS ruled
        UNION ALL
        SELECT pg_catalog.format('oneroof_scan_finding%s %s', later.words,
            ROW(finding.rule_code, finding.subject_code, finding.detail, finding.state)::text)
        FROM public.oneroof_scan_finding AS finding
        JOIN later ON later.ruleset_code = finding.ruleset_code AND later.snapshot_ref = finding.snapshot_ref
    ), difference AS (
        SELECT pg_catalog.concat_ws('; ',
            (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
            (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added)) AS words
    )
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
        WHEN difference.words = '' THEN 'standing'
        ELSE 'altered: ' || difference.words
    END
    FROM difference
                        $q$
                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$
                    END,
                    'Tier 6 must stand exactly as shipped: apply it first; where it was altered, whoever altered it must undo that.'),
                ('gate',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN 'warning'
                        ELSE 'error'
                    END,
                    '>= 1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.os_proposal_approvals$q$,
                    'The gate is closed. Only people open it: the L2 quorum and the L4 President ratify the proposal (os_proposal_approvals >= 1).'),
                ('apr',
                    CASE
                        -- Where nothing can be written, a code that was not given only means: these could be given.
                        WHEN pg_catalog.current_setting('transaction_read_only') = 'on'
                            AND coalesce(pg_catalog.current_setting('oneroof.ratified_apr', true), '') = '' THEN 'warning'
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN 'warning'
                        ELSE 'error'
                    END,
                    'ratified',
                    $q$
                        WITH given AS (
                            SELECT nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), '') AS code,
                                nullif(pg_catalog.current_setting('oneroof.release_digest', true), '') AS digest
                        ), approval AS (
                            SELECT ospa.proposal_code::text AS code,
                                CASE
                                    WHEN (ospa.approved_by::text ~ '[^[:space:]]') IS NOT TRUE THEN 'approved_by is blank'
                                    WHEN (ospa.signature_ref::text ~ '[^[:space:]]') IS NOT TRUE THEN 'signature_ref is blank'
                                    WHEN ospa.approved_at IS NULL THEN 'approved_at is not set'
                                    WHEN ospa.approved_at > pg_catalog.clock_timestamp() THEN 'approved_at lies in the future'
                                    WHEN pg_catalog.lower(ospa.signature_ref::text) NOT LIKE '%release:sha256:%' THEN 'ratified'
                                    WHEN given.digest IS NULL THEN 'names a release, and the digest of this one was not given'
                                    WHEN given.digest ~ '^sha256:[0-9a-f]{64}$'
                                        AND pg_catalog.lower(ospa.signature_ref::text) ~ ('release:' || given.digest || '([^0-9a-f]|$)')
                                        THEN 'ratified for this release'
                                    ELSE 'names another release'
                                END AS verdict
                            FROM public.os_proposal_approvals AS ospa
                            CROSS JOIN given
                        )
                        SELECT CASE
                            WHEN given.code IS NULL THEN 'not given; ratified: ' || coalesce((
                                SELECT pg_catalog.string_agg(DISTINCT approval.code, ', ' ORDER BY approval.code)
                                FROM approval WHERE approval.verdict LIKE 'ratified%'), 'none')
                            WHEN given.code !~ '^APR-[A-Z0-9-]{1,60}$' THEN 'not an APR code'
                            -- An approval for these very bytes settles it; one for other bytes does not open the gate,
                            -- not even beside one that names no bytes at all.
                            ELSE coalesce((
                                SELECT CASE
                                    WHEN pg_catalog.bool_or(approval.verdict = 'ratified for this release') THEN 'ratified'
                                    WHEN pg_catalog.bool_or(approval.verdict LIKE 'names %')
                                        THEN pg_catalog.min(approval.verdict) FILTER (WHERE approval.verdict LIKE 'names %')
                                    WHEN pg_catalog.bool_or(approval.verdict = 'ratified') THEN 'ratified'
                                    ELSE pg_catalog.min(approval.verdict)
                                END
                                FROM approval
                                WHERE approval.code = given.code
                                HAVING pg_catalog.count(*) > 0), 'no approval has this proposal_code')
                        END
                        FROM given
                    $q$,
                    'Give the APR code of a complete approval of this release, such as APR-BOOT-AUTHMODEL-1; only people ratify one.')
            -- oneroof:end
        ) AS listed (name, severity, expected, question, hint)
    LOOP
        -- A question that cannot be asked is an unmet check, so that the list goes on to its end. What comes from
        -- outside (a cancel, a shutdown, a lock that was not got, a deadlock) is no answer and ends the part.
        BEGIN
            EXECUTE item.question INTO actual;
            met := CASE
                WHEN item.expected NOT LIKE '>= %' THEN actual = item.expected
                WHEN actual ~ '^[0-9]+$' THEN actual::numeric >= pg_catalog.substr(item.expected, 4)::numeric
            END;
        EXCEPTION
            WHEN operator_intervention OR lock_not_available OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                met := false;
                actual := pg_catalog.format('could not be asked: %s (%s)', SQLERRM, SQLSTATE);
        END;
        met := coalesce(met, false);
        actual := coalesce(pg_catalog.left(actual, 1000), 'nothing');
        -- INFO, because a role's client_min_messages may hide a NOTICE but never an INFO.
        RAISE INFO USING
            ERRCODE = 'OR001',
            MESSAGE = pg_catalog.format('%s %s: expected %s, actual %s',
                CASE WHEN met THEN 'met' WHEN item.severity = 'warning' THEN 'warning' ELSE 'unmet' END,
                item.name, item.expected, actual),
            DETAIL = pg_catalog.jsonb_build_object('name', item.name, 'severity', item.severity, 'expected', item.expected,
                'actual', actual, 'ok', met, 'hint', item.hint)::text;
        IF NOT met AND item.severity = 'error' THEN
            unmet := pg_catalog.array_append(unmet, item.name);
        END IF;
    END LOOP;
    IF pg_catalog.cardinality(unmet) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OR002',
            MESSAGE = pg_catalog.format('%s unmet: %s', pg_catalog.cardinality(unmet), pg_catalog.array_to_string(unmet, ', ')),
            HINT = 'Each unmet check is told above, with what to do and who does it.';
    END IF;
END
$oneroof$;

-- Back to what the session began with.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', NULL, false);
END
$oneroof$;
