-- One-Roof Governance Phase 1, tier 1: structure.
--
-- Makes 11 tables, 31 views and 1 function, all of them empty and inert. Over its own exact objects it changes nothing;
-- over any other shape of one of them it stops and names the difference.
-- Gated: needs the database directus, an open gate and the ratified APR code in the setting oneroof.ratified_apr.
-- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=APR-..').
-- Writes: only the 43 objects, all in schema public. The views hold the seam views in place until they are rolled back.
-- Undo: prod_rollback/10_structure.sql
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
                ('inventory', 'error', '35',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_object_inventory$q$,
                    'The release was reviewed for 35 governed objects; with others it must be reviewed again.'),
                ('scopes', 'error', '6',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_scope$q$,
                    'The release was reviewed for 6 scopes; with others it must be reviewed again.'),
                ('reference.classes', 'error', 'DATA LAW PROC ROLE SVC',
                    $q$
                        SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
                        FROM (SELECT DISTINCT inventory.class_code::text AS code FROM public.v_governance_object_inventory AS inventory) AS live
                    $q$,
                    'The classes of production are not those that the release names; it must be reviewed again.'),
                ('reference.scopes', 'error', 'approve define observe operate remediate retire',
                    $q$
                        SELECT pg_catalog.string_agg(live.code, ' ' ORDER BY live.code COLLATE "C")
                        FROM (SELECT scope.scope_code::text AS code FROM public.v_governance_scope AS scope) AS live
                    $q$,
                    'The scopes of production are not those that the release names; it must be reviewed again.'),
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
                ('ownership', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership$q$,
                    'Ownership must stand as the release expects it: look who wrote the rows, by created_by.'),
                ('gap', 'error', '210',
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
                    'A governance event type is active in event_type_registry; whoever turned it on must say why.'),
                ('ownership_triggers', 'error', '0',
                    $q$
                        SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_trigger AS found
                        WHERE found.tgrelid = 'public.governance_object_ownership'::pg_catalog.regclass AND NOT found.tgisinternal
                    $q$,
                    'A trigger stands on governance_object_ownership; the seed must not set anything off. Its owner removes it.'),
                ('event_triggers', 'error', 'none',
                    $q$SELECT coalesce(pg_catalog.string_agg(e.evtname || ' (' || e.evtevent || ')', ', ' ORDER BY e.evtname), 'none')
                    FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D'$q$,
                    'An event trigger runs with every DDL of tier 1. A superuser disables it for the release (ALTER EVENT TRIGGER ... DISABLE) or the release waits.'),
                ('standing.1', 'error', 'absent or standing',
                    $q$SELECT CASE WHEN found.state IN ('absent', 'standing') THEN 'absent or standing' ELSE found.state END FROM ($q$ || $q$
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
                    $q$ || $q$) AS found (state)$q$,
                    'An object of the release is there in another shape: roll back what is left of it, or take away what is not ours.')
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
-- What must be the same at the end: the assertions compare. Rows and sequences need no note, a write of them shows in our locks.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('oneroof.before', (
        SELECT pg_catalog.jsonb_object_agg(seen.kind, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(seen.words, ''), 'UTF8')), 'hex'))::text
        FROM (
            WITH ours AS (
                SELECT class.oid FROM pg_catalog.pg_class AS class WHERE class.relname ~ '^(v_)?oneroof_'
                UNION ALL
                SELECT routine.oid FROM pg_catalog.pg_proc AS routine WHERE routine.proname = 'fn_oneroof_scan'
            )
            SELECT 'triggers' AS kind, (
                SELECT pg_catalog.string_agg(ROW(t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgfoid)::text, ' ' ORDER BY t.oid)
                FROM pg_catalog.pg_trigger AS t
                WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.tgrelid)) AS words
            UNION ALL
            SELECT 'rules', (
                SELECT pg_catalog.string_agg(ROW(t.oid, t.ev_class, t.rulename, t.ev_enabled)::text, ' ' ORDER BY t.oid)
                FROM pg_catalog.pg_rewrite AS t
                WHERE t.oid >= 16384 AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.ev_class))
            UNION ALL
            SELECT 'grants', pg_catalog.concat(
                (SELECT pg_catalog.string_agg(ROW(t.oid, t.relacl)::text, ' ' ORDER BY t.oid)
                    FROM pg_catalog.pg_class AS t
                    WHERE t.relacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)),
                (SELECT pg_catalog.string_agg(ROW(t.attrelid, t.attnum, t.attacl)::text, ' ' ORDER BY t.attrelid, t.attnum)
                    FROM pg_catalog.pg_attribute AS t
                    WHERE t.attacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.attrelid)),
                (SELECT pg_catalog.string_agg(ROW(t.oid, t.proacl)::text, ' ' ORDER BY t.oid)
                    FROM pg_catalog.pg_proc AS t
                    WHERE t.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)),
                (SELECT pg_catalog.string_agg(ROW(t.oid, t.nspacl)::text, ' ' ORDER BY t.oid)
                    FROM pg_catalog.pg_namespace AS t
                    WHERE t.nspname NOT LIKE 'pg\_temp%' AND t.nspname NOT LIKE 'pg\_toast\_temp%'),
                (SELECT pg_catalog.string_agg(ROW(t.oid, t.defaclacl)::text, ' ' ORDER BY t.oid)
                    FROM pg_catalog.pg_default_acl AS t))
            UNION ALL
            SELECT 'comments', (
                SELECT pg_catalog.string_agg(ROW(t.classoid, t.objoid, t.objsubid, t.description)::text, ' ' ORDER BY t.classoid, t.objoid, t.objsubid)
                FROM pg_catalog.pg_description AS t
                WHERE t.objoid >= 16384 AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.objoid))
        ) AS seen
    ), true);
END
$oneroof$;

-- ---------------------------------------------------------------------------------------------
-- Axes: who may decide what. A value is a level of authority, a scope or a class; a binding says which level of
-- authority answers for a class in a scope.

CREATE TABLE IF NOT EXISTS public.oneroof_axis (
    axis_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    CONSTRAINT oneroof_axis_pkey PRIMARY KEY (axis_code),
    CONSTRAINT oneroof_axis_ordinal_key UNIQUE (ordinal),
    CONSTRAINT oneroof_axis_code_format CHECK (axis_code ~ '^[A-Z]{1,20}$'),
    CONSTRAINT oneroof_axis_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_axis_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$')
);
COMMENT ON TABLE public.oneroof_axis IS 'The axes of responsibility: authority, scope and class.';
COMMENT ON COLUMN public.oneroof_axis.axis_code IS 'Code of the axis.';
COMMENT ON COLUMN public.oneroof_axis.ordinal IS 'Place of the axis among the axes.';
COMMENT ON COLUMN public.oneroof_axis.title IS 'Name of the axis for people.';

CREATE TABLE IF NOT EXISTS public.oneroof_axis_value (
    axis_code text NOT NULL,
    value_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    owner_ref text,
    CONSTRAINT oneroof_axis_value_pkey PRIMARY KEY (axis_code, value_code),
    CONSTRAINT oneroof_axis_value_axis_fkey FOREIGN KEY (axis_code) REFERENCES public.oneroof_axis (axis_code),
    CONSTRAINT oneroof_axis_value_ordinal_key UNIQUE (axis_code, ordinal),
    CONSTRAINT oneroof_axis_value_owner_key UNIQUE (owner_ref),
    CONSTRAINT oneroof_axis_value_code_format CHECK (value_code ~ '^[A-Za-z][A-Za-z0-9]{0,19}$'),
    CONSTRAINT oneroof_axis_value_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_axis_value_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$'),
    CONSTRAINT oneroof_axis_value_owner_format CHECK (owner_ref IS NULL
        OR (axis_code = 'AUTHORITY' AND owner_ref = value_code || '-' || pg_catalog.upper(title)))
);
COMMENT ON TABLE public.oneroof_axis_value IS 'The values of each axis: levels of authority, scopes, classes.';
COMMENT ON COLUMN public.oneroof_axis_value.axis_code IS 'Axis that the value lies on.';
COMMENT ON COLUMN public.oneroof_axis_value.value_code IS 'Code of the value: a level, a scope code or a class code.';
COMMENT ON COLUMN public.oneroof_axis_value.ordinal IS 'Place of the value on its axis.';
COMMENT ON COLUMN public.oneroof_axis_value.title IS 'Name of the value for people.';
COMMENT ON COLUMN public.oneroof_axis_value.owner_ref IS 'Owner that a level of authority stands for; NULL where the level owns nothing.';

CREATE TABLE IF NOT EXISTS public.oneroof_axis_binding (
    class_code text NOT NULL,
    scope_code text NOT NULL,
    authority_code text NOT NULL,
    class_axis text NOT NULL DEFAULT 'CLASS',
    scope_axis text NOT NULL DEFAULT 'SCOPE',
    authority_axis text NOT NULL DEFAULT 'AUTHORITY',
    CONSTRAINT oneroof_axis_binding_pkey PRIMARY KEY (class_code, scope_code),
    CONSTRAINT oneroof_axis_binding_class_fkey FOREIGN KEY (class_axis, class_code)
        REFERENCES public.oneroof_axis_value (axis_code, value_code),
    CONSTRAINT oneroof_axis_binding_scope_fkey FOREIGN KEY (scope_axis, scope_code)
        REFERENCES public.oneroof_axis_value (axis_code, value_code),
    CONSTRAINT oneroof_axis_binding_authority_fkey FOREIGN KEY (authority_axis, authority_code)
        REFERENCES public.oneroof_axis_value (axis_code, value_code),
    CONSTRAINT oneroof_axis_binding_axes CHECK (class_axis = 'CLASS' AND scope_axis = 'SCOPE' AND authority_axis = 'AUTHORITY')
);
COMMENT ON TABLE public.oneroof_axis_binding IS 'Which level of authority answers for a class in a scope: one, and one only.';
COMMENT ON COLUMN public.oneroof_axis_binding.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.oneroof_axis_binding.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.oneroof_axis_binding.authority_code IS 'Level of authority that answers.';
COMMENT ON COLUMN public.oneroof_axis_binding.class_axis IS 'Always CLASS; lets the foreign key admit classes only.';
COMMENT ON COLUMN public.oneroof_axis_binding.scope_axis IS 'Always SCOPE; lets the foreign key admit scopes only.';
COMMENT ON COLUMN public.oneroof_axis_binding.authority_axis IS 'Always AUTHORITY; lets the foreign key admit levels only.';

-- ---------------------------------------------------------------------------------------------
-- Containment: one roof, a wing for each class, every governed object in the wing of its class. The keys and checks
-- admit nothing else: one parent each, three levels, hence no cycle.

CREATE TABLE IF NOT EXISTS public.oneroof_containment_node (
    node_code text NOT NULL,
    node_kind text NOT NULL,
    class_code text,
    CONSTRAINT oneroof_containment_node_pkey PRIMARY KEY (node_code),
    CONSTRAINT oneroof_containment_node_kind_key UNIQUE (node_code, node_kind),
    CONSTRAINT oneroof_containment_node_code_format CHECK (
        (node_kind = 'roof' AND class_code IS NULL AND node_code = 'ONE-ROOF')
        OR (node_kind = 'wing' AND class_code IS NOT NULL AND node_code = 'WING-' || class_code)
        OR (node_kind = 'object' AND class_code IS NOT NULL AND node_code ~ ('^GOV-' || class_code || '-[0-9]{2,5}$')))
);
COMMENT ON TABLE public.oneroof_containment_node IS 'The places of the tree: the roof, its wings and the governed objects.';
COMMENT ON COLUMN public.oneroof_containment_node.node_code IS 'ONE-ROOF, WING-<class>, or the code of a governed object.';
COMMENT ON COLUMN public.oneroof_containment_node.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.oneroof_containment_node.class_code IS 'Class of the wing or object; NULL for the roof.';

CREATE TABLE IF NOT EXISTS public.oneroof_containment_edge (
    child_code text NOT NULL,
    child_kind text NOT NULL,
    parent_code text NOT NULL,
    parent_kind text NOT NULL,
    CONSTRAINT oneroof_containment_edge_pkey PRIMARY KEY (child_code),
    CONSTRAINT oneroof_containment_edge_child_fkey FOREIGN KEY (child_code, child_kind)
        REFERENCES public.oneroof_containment_node (node_code, node_kind),
    CONSTRAINT oneroof_containment_edge_parent_fkey FOREIGN KEY (parent_code, parent_kind)
        REFERENCES public.oneroof_containment_node (node_code, node_kind),
    CONSTRAINT oneroof_containment_edge_levels CHECK (
        (child_kind = 'wing' AND parent_kind = 'roof')
        OR (child_kind = 'object' AND parent_kind = 'wing' AND parent_code = 'WING-' || pg_catalog.split_part(child_code, '-', 2)))
);
COMMENT ON TABLE public.oneroof_containment_edge IS 'What contains what: each wing lies under the roof, each object in the wing of its class.';
COMMENT ON COLUMN public.oneroof_containment_edge.child_code IS 'Node that is contained; it is the key, so a node has one parent.';
COMMENT ON COLUMN public.oneroof_containment_edge.child_kind IS 'Kind of the contained node.';
COMMENT ON COLUMN public.oneroof_containment_edge.parent_code IS 'Node that contains it.';
COMMENT ON COLUMN public.oneroof_containment_edge.parent_kind IS 'Kind of the containing node.';

-- ---------------------------------------------------------------------------------------------
-- Topics: what an object is about. A person reviewed the assignments; the label rules must say the same of the live label.

CREATE TABLE IF NOT EXISTS public.oneroof_topic (
    topic_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    CONSTRAINT oneroof_topic_pkey PRIMARY KEY (topic_code),
    CONSTRAINT oneroof_topic_ordinal_key UNIQUE (ordinal),
    CONSTRAINT oneroof_topic_code_format CHECK (topic_code ~ '^[a-z]{1,30}$'),
    CONSTRAINT oneroof_topic_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_topic_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$')
);
COMMENT ON TABLE public.oneroof_topic IS 'The topics that governed objects belong to.';
COMMENT ON COLUMN public.oneroof_topic.topic_code IS 'Code of the topic.';
COMMENT ON COLUMN public.oneroof_topic.ordinal IS 'Place of the topic among the topics.';
COMMENT ON COLUMN public.oneroof_topic.title IS 'Name of the topic for people.';

CREATE TABLE IF NOT EXISTS public.oneroof_topic_label_rule (
    label_pattern text NOT NULL,
    priority integer NOT NULL,
    topic_code text NOT NULL,
    CONSTRAINT oneroof_topic_label_rule_pkey PRIMARY KEY (label_pattern),
    CONSTRAINT oneroof_topic_label_rule_priority_key UNIQUE (priority),
    CONSTRAINT oneroof_topic_label_rule_topic_fkey FOREIGN KEY (topic_code) REFERENCES public.oneroof_topic (topic_code),
    CONSTRAINT oneroof_topic_label_rule_pattern_format CHECK (label_pattern ~ '^[a-z]+/[a-z-]*%$'),
    CONSTRAINT oneroof_topic_label_rule_priority_positive CHECK (priority > 0)
);
COMMENT ON TABLE public.oneroof_topic_label_rule IS 'How a label projects onto a topic: the matching rule of the lowest priority number decides.';
COMMENT ON COLUMN public.oneroof_topic_label_rule.label_pattern IS 'LIKE pattern of the label.';
COMMENT ON COLUMN public.oneroof_topic_label_rule.priority IS 'Rules are tried in this order, the lowest number first.';
COMMENT ON COLUMN public.oneroof_topic_label_rule.topic_code IS 'Topic of an object whose label matches.';

CREATE TABLE IF NOT EXISTS public.oneroof_topic_assignment (
    object_code text NOT NULL,
    topic_code text NOT NULL,
    CONSTRAINT oneroof_topic_assignment_pkey PRIMARY KEY (object_code),
    CONSTRAINT oneroof_topic_assignment_object_fkey FOREIGN KEY (object_code) REFERENCES public.oneroof_containment_node (node_code),
    CONSTRAINT oneroof_topic_assignment_topic_fkey FOREIGN KEY (topic_code) REFERENCES public.oneroof_topic (topic_code),
    CONSTRAINT oneroof_topic_assignment_object_format CHECK (object_code ~ '^GOV-[A-Z]+-[0-9]{2,5}$')
);
COMMENT ON TABLE public.oneroof_topic_assignment IS 'The topic of each governed object, as a person reviewed it.';
COMMENT ON COLUMN public.oneroof_topic_assignment.object_code IS 'Governed object; it is the key, so an object has one topic.';
COMMENT ON COLUMN public.oneroof_topic_assignment.topic_code IS 'Its topic.';

-- ---------------------------------------------------------------------------------------------
-- Scanner: what it looks for, under which ruleset and snapshot it looked, what it found.

CREATE TABLE IF NOT EXISTS public.oneroof_scan_rule (
    rule_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    subject_kind text NOT NULL,
    emittable boolean NOT NULL DEFAULT false,
    CONSTRAINT oneroof_scan_rule_pkey PRIMARY KEY (rule_code),
    CONSTRAINT oneroof_scan_rule_ordinal_key UNIQUE (ordinal),
    CONSTRAINT oneroof_scan_rule_code_format CHECK (rule_code ~ '^SCN-[A-Z]+(-[A-Z]+)*$'),
    CONSTRAINT oneroof_scan_rule_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_scan_rule_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$'),
    CONSTRAINT oneroof_scan_rule_subject_kind CHECK (subject_kind IN ('object', 'topic', 'axis value')),
    -- Fail closed: turning a finding into an event is a human decision and another release.
    CONSTRAINT oneroof_scan_rule_not_emittable CHECK (NOT emittable)
);
COMMENT ON TABLE public.oneroof_scan_rule IS 'What the scanner looks for.';
COMMENT ON COLUMN public.oneroof_scan_rule.rule_code IS 'Code of the rule.';
COMMENT ON COLUMN public.oneroof_scan_rule.ordinal IS 'Place of the rule among the rules.';
COMMENT ON COLUMN public.oneroof_scan_rule.title IS 'What a finding of the rule says, for people.';
COMMENT ON COLUMN public.oneroof_scan_rule.subject_kind IS 'What a finding of the rule is about: an object, a topic or an axis value.';
COMMENT ON COLUMN public.oneroof_scan_rule.emittable IS 'Whether a finding may become an event; false in this phase, by constraint.';

CREATE TABLE IF NOT EXISTS public.oneroof_scan_run (
    ruleset_code text NOT NULL,
    snapshot_ref text NOT NULL,
    ruleset_version integer NOT NULL,
    snapshot_id uuid NOT NULL,
    scanned_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT oneroof_scan_run_pkey PRIMARY KEY (ruleset_code, snapshot_ref),
    CONSTRAINT oneroof_scan_run_ruleset_format CHECK (ruleset_code ~ '[^[:space:]]'),
    CONSTRAINT oneroof_scan_run_snapshot_format CHECK (snapshot_ref ~ '[^[:space:]]')
);
COMMENT ON TABLE public.oneroof_scan_run IS 'One row for each ruleset and snapshot that was scanned, however often.';
COMMENT ON COLUMN public.oneroof_scan_run.ruleset_code IS 'Ruleset that the scan ran under.';
COMMENT ON COLUMN public.oneroof_scan_run.snapshot_ref IS 'Evolution snapshot that the scan ran with.';
COMMENT ON COLUMN public.oneroof_scan_run.ruleset_version IS 'Version of the ruleset at the first scan: its highest, enacted.';
COMMENT ON COLUMN public.oneroof_scan_run.snapshot_id IS 'Identity of the snapshot.';
COMMENT ON COLUMN public.oneroof_scan_run.scanned_at IS 'When it was scanned first.';

CREATE TABLE IF NOT EXISTS public.oneroof_scan_finding (
    ruleset_code text NOT NULL,
    snapshot_ref text NOT NULL,
    rule_code text NOT NULL,
    subject_code text NOT NULL,
    detail text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    CONSTRAINT oneroof_scan_finding_pkey PRIMARY KEY (ruleset_code, snapshot_ref, rule_code, subject_code),
    CONSTRAINT oneroof_scan_finding_run_fkey FOREIGN KEY (ruleset_code, snapshot_ref)
        REFERENCES public.oneroof_scan_run (ruleset_code, snapshot_ref),
    CONSTRAINT oneroof_scan_finding_rule_fkey FOREIGN KEY (rule_code) REFERENCES public.oneroof_scan_rule (rule_code),
    CONSTRAINT oneroof_scan_finding_subject_format CHECK (subject_code ~ '[^[:space:]]'),
    CONSTRAINT oneroof_scan_finding_detail_format CHECK (detail ~ '[^[:space:]]'),
    CONSTRAINT oneroof_scan_finding_state CHECK (state IN ('open', 'resolved'))
);
COMMENT ON TABLE public.oneroof_scan_finding IS 'What a run found, by natural key: scanning again writes only what differs.';
COMMENT ON COLUMN public.oneroof_scan_finding.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.oneroof_scan_finding.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.oneroof_scan_finding.rule_code IS 'Rule that found it.';
COMMENT ON COLUMN public.oneroof_scan_finding.subject_code IS 'Object, topic or axis value that it is about.';
COMMENT ON COLUMN public.oneroof_scan_finding.detail IS 'The finding in words.';
COMMENT ON COLUMN public.oneroof_scan_finding.state IS 'open, or resolved once a later scan of the same run no longer found it.';

-- ---------------------------------------------------------------------------------------------
-- Views. They read the packet's tables and the seam views, never a base table of production. A seam column is cast to
-- text where it enters, so that a view is the same whether production has text or varchar there.

-- Axis.

CREATE OR REPLACE VIEW public.v_oneroof_axis AS
SELECT axis.axis_code, axis.ordinal, axis.title, pg_catalog.count(axis_value.value_code) AS axis_values
FROM public.oneroof_axis AS axis
LEFT JOIN public.oneroof_axis_value AS axis_value ON axis_value.axis_code = axis.axis_code
GROUP BY axis.axis_code, axis.ordinal, axis.title;
COMMENT ON VIEW public.v_oneroof_axis IS 'The axes, and how many values each has.';
COMMENT ON COLUMN public.v_oneroof_axis.axis_code IS 'Code of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis.ordinal IS 'Place of the axis among the axes.';
COMMENT ON COLUMN public.v_oneroof_axis.title IS 'Name of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis.axis_values IS 'Number of its values.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_value AS
SELECT axis.axis_code, axis.title AS axis_title, axis_value.value_code, axis_value.ordinal, axis_value.title, axis_value.owner_ref
FROM public.oneroof_axis_value AS axis_value
JOIN public.oneroof_axis AS axis ON axis.axis_code = axis_value.axis_code;
COMMENT ON VIEW public.v_oneroof_axis_value IS 'The values, with the axis of each.';
COMMENT ON COLUMN public.v_oneroof_axis_value.axis_code IS 'Code of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis_value.axis_title IS 'Name of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis_value.value_code IS 'Code of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_value.ordinal IS 'Place of the value on its axis.';
COMMENT ON COLUMN public.v_oneroof_axis_value.title IS 'Name of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_value.owner_ref IS 'Owner that a level of authority stands for.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_binding AS
SELECT binding.class_code, binding.scope_code, binding.authority_code, authority.title AS authority_title, authority.owner_ref
FROM public.oneroof_axis_binding AS binding
JOIN public.oneroof_axis_value AS authority
    ON authority.axis_code = binding.authority_axis AND authority.value_code = binding.authority_code;
COMMENT ON VIEW public.v_oneroof_axis_binding IS 'The bindings, with the owner that each stands for.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.authority_code IS 'Level of authority that answers.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.authority_title IS 'Name of that level.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.owner_ref IS 'Owner that the level stands for.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_matrix AS
SELECT binding.class_code,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'define') AS define,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'approve') AS approve,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'operate') AS operate,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'observe') AS observe,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'remediate') AS remediate,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'retire') AS retire
FROM public.oneroof_axis_binding AS binding
GROUP BY binding.class_code;
COMMENT ON VIEW public.v_oneroof_axis_matrix IS 'The bindings as people read them: a row a class, a column a scope.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.define IS 'Level that defines.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.approve IS 'Level that approves.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.operate IS 'Level that operates.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.observe IS 'Level that observes.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.remediate IS 'Level that remediates.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.retire IS 'Level that retires.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_unbound_value AS
SELECT axis_value.axis_code, axis_value.value_code, axis_value.title
FROM public.oneroof_axis_value AS axis_value
WHERE NOT EXISTS (
        SELECT FROM public.oneroof_axis_binding AS binding
        WHERE binding.authority_axis = axis_value.axis_code AND binding.authority_code = axis_value.value_code)
    AND NOT EXISTS (
        SELECT FROM public.oneroof_axis_binding AS binding
        WHERE binding.scope_axis = axis_value.axis_code AND binding.scope_code = axis_value.value_code)
    AND NOT EXISTS (
        SELECT FROM public.oneroof_axis_binding AS binding
        WHERE binding.class_axis = axis_value.axis_code AND binding.class_code = axis_value.value_code);
COMMENT ON VIEW public.v_oneroof_axis_unbound_value IS 'Values that no binding uses.';
COMMENT ON COLUMN public.v_oneroof_axis_unbound_value.axis_code IS 'Axis of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_unbound_value.value_code IS 'Code of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_unbound_value.title IS 'Name of the value.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_conflict AS
SELECT binding.class_code, binding.scope_code, 'no governed object has this class' AS reason
FROM public.oneroof_axis_binding AS binding
WHERE NOT EXISTS (
    SELECT FROM public.v_governance_object_inventory AS inventory
    WHERE inventory.class_code::text = binding.class_code)
UNION ALL
SELECT binding.class_code, binding.scope_code, 'production has no such scope'
FROM public.oneroof_axis_binding AS binding
WHERE NOT EXISTS (
    SELECT FROM public.v_governance_scope AS scope
    WHERE scope.scope_code::text = binding.scope_code)
UNION ALL
SELECT binding.class_code, binding.scope_code, 'the level of authority has no owner'
FROM public.oneroof_axis_binding AS binding
JOIN public.oneroof_axis_value AS authority
    ON authority.axis_code = binding.authority_axis AND authority.value_code = binding.authority_code
WHERE authority.owner_ref IS NULL;
COMMENT ON VIEW public.v_oneroof_axis_conflict IS 'Bindings that production, or the axes, cannot honour.';
COMMENT ON COLUMN public.v_oneroof_axis_conflict.class_code IS 'Class of the binding.';
COMMENT ON COLUMN public.v_oneroof_axis_conflict.scope_code IS 'Scope of the binding.';
COMMENT ON COLUMN public.v_oneroof_axis_conflict.reason IS 'What is wrong with it.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_coverage AS
SELECT live.class_code, pg_catalog.count(*) AS scopes, pg_catalog.count(binding.authority_code) AS bound
FROM (
    SELECT DISTINCT inventory.class_code::text AS class_code
    FROM public.v_governance_object_inventory AS inventory
) AS live
CROSS JOIN (
    SELECT scope.scope_code::text AS scope_code
    FROM public.v_governance_scope AS scope
) AS live_scope
LEFT JOIN public.oneroof_axis_binding AS binding
    ON binding.class_code = live.class_code AND binding.scope_code = live_scope.scope_code
GROUP BY live.class_code;
COMMENT ON VIEW public.v_oneroof_axis_coverage IS 'For each class that production has: how many of its scopes are bound.';
COMMENT ON COLUMN public.v_oneroof_axis_coverage.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.v_oneroof_axis_coverage.scopes IS 'Scopes that production has.';
COMMENT ON COLUMN public.v_oneroof_axis_coverage.bound IS 'Scopes that are bound for the class.';

-- Ownership, as the seam views tell it.

CREATE OR REPLACE VIEW public.v_oneroof_ownership_direct AS
SELECT effective.subject_kind::text AS subject_kind, effective.subject_code::text AS subject_code,
    effective.scope_code::text AS scope_code, effective.owner_ref::text AS owner_ref
FROM public.v_governance_effective_owner AS effective
WHERE effective.provenance::text = 'direct';
COMMENT ON VIEW public.v_oneroof_ownership_direct IS 'Owners that a class or an object has of its own.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.subject_kind IS 'class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.subject_code IS 'Code of the class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.owner_ref IS 'Who answers.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_inherited AS
SELECT effective.subject_kind::text AS subject_kind, effective.subject_code::text AS subject_code,
    effective.scope_code::text AS scope_code, effective.owner_ref::text AS owner_ref
FROM public.v_governance_effective_owner AS effective
WHERE effective.provenance::text = 'inherited';
COMMENT ON VIEW public.v_oneroof_ownership_inherited IS 'Owners that an object has from its class.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.subject_kind IS 'Always object.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.subject_code IS 'Code of the object.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.owner_ref IS 'Who answers.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_effective AS
SELECT effective.subject_kind::text AS subject_kind, effective.subject_code::text AS subject_code,
    effective.scope_code::text AS scope_code, effective.owner_ref::text AS owner_ref, effective.provenance::text AS provenance
FROM public.v_governance_effective_owner AS effective;
COMMENT ON VIEW public.v_oneroof_ownership_effective IS 'Who answers for what, and whether directly or by inheritance.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.subject_kind IS 'class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.subject_code IS 'Code of the class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.owner_ref IS 'Who answers.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.provenance IS 'direct or inherited.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_coverage AS
SELECT total.pairs, total.pairs - total.gaps AS covered, total.gaps,
    pg_catalog.round(100.0 * (total.pairs - total.gaps) / nullif(total.pairs, 0), 2) AS coverage_pct
FROM (
    SELECT inventoried.objects * scoped.scopes AS pairs, gapped.gaps
    FROM (SELECT pg_catalog.count(*) AS objects FROM public.v_governance_object_inventory) AS inventoried
    CROSS JOIN (SELECT pg_catalog.count(*) AS scopes FROM public.v_governance_scope) AS scoped
    CROSS JOIN (SELECT pg_catalog.count(*) AS gaps FROM public.v_governance_ownership_gap) AS gapped
) AS total;
COMMENT ON VIEW public.v_oneroof_ownership_coverage IS 'How many pairs of object and scope have an owner. One row.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.pairs IS 'Objects times scopes.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.covered IS 'Pairs with an owner.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.gaps IS 'Pairs without one.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.coverage_pct IS 'Covered pairs in per cent.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_provenance AS
SELECT effective.subject_kind::text AS subject_kind, effective.provenance::text AS provenance, pg_catalog.count(*) AS owners
FROM public.v_governance_effective_owner AS effective
GROUP BY effective.subject_kind::text, effective.provenance::text;
COMMENT ON VIEW public.v_oneroof_ownership_provenance IS 'How many owners are direct and how many inherited.';
COMMENT ON COLUMN public.v_oneroof_ownership_provenance.subject_kind IS 'class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_provenance.provenance IS 'direct or inherited.';
COMMENT ON COLUMN public.v_oneroof_ownership_provenance.owners IS 'Number of owners.';

-- Containment. The walks end on any data, a cycle too: the path never enters a node twice, and the closure behind the
-- cycle view adds a pair of nodes once.

CREATE OR REPLACE VIEW public.v_oneroof_containment_tree AS
SELECT node.node_code, node.node_kind, node.class_code, edge.parent_code
FROM public.oneroof_containment_node AS node
LEFT JOIN public.oneroof_containment_edge AS edge ON edge.child_code = node.node_code;
COMMENT ON VIEW public.v_oneroof_containment_tree IS 'Every node with its parent.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.class_code IS 'Class of the wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.parent_code IS 'The node above; NULL for the roof.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_path AS
WITH RECURSIVE walk (node_code, node_kind, class_code, path) AS (
    SELECT node.node_code, node.node_kind, node.class_code, ARRAY[node.node_code]
    FROM public.oneroof_containment_node AS node
    WHERE node.node_kind = 'roof'
    UNION ALL
    SELECT node.node_code, node.node_kind, node.class_code, pg_catalog.array_append(walk.path, node.node_code)
    FROM walk
    JOIN public.oneroof_containment_edge AS edge ON edge.parent_code = walk.node_code
    JOIN public.oneroof_containment_node AS node ON node.node_code = edge.child_code
    WHERE node.node_code <> ALL (walk.path)
)
SELECT walk.node_code, walk.node_kind, walk.class_code, walk.path
FROM walk;
COMMENT ON VIEW public.v_oneroof_containment_path IS 'The way from the roof to every node that reaches it.';
COMMENT ON COLUMN public.v_oneroof_containment_path.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_path.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_path.class_code IS 'Class of the wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_path.path IS 'Nodes from the roof down to this one.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_depth AS
SELECT path.node_code, path.node_kind, pg_catalog.cardinality(path.path) - 1 AS depth
FROM public.v_oneroof_containment_path AS path;
COMMENT ON VIEW public.v_oneroof_containment_depth IS 'How far below the roof a node lies.';
COMMENT ON COLUMN public.v_oneroof_containment_depth.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_depth.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_depth.depth IS 'Steps from the roof: 0 is the roof itself.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_gap AS
SELECT live.object_code, live.class_code,
    CASE
        WHEN node.node_code IS NULL THEN 'the object has no node'
        WHEN node.class_code IS DISTINCT FROM live.class_code THEN 'the object lies in the wing of another class'
        ELSE 'the object does not reach the roof'
    END AS reason
FROM (
    SELECT inventory.object_code::text AS object_code, inventory.class_code::text AS class_code
    FROM public.v_governance_object_inventory AS inventory
) AS live
LEFT JOIN public.oneroof_containment_node AS node ON node.node_code = live.object_code
LEFT JOIN public.v_oneroof_containment_path AS path ON path.node_code = live.object_code
WHERE path.node_code IS NULL OR node.class_code IS DISTINCT FROM live.class_code;
COMMENT ON VIEW public.v_oneroof_containment_gap IS 'Governed objects that the roof does not cover.';
COMMENT ON COLUMN public.v_oneroof_containment_gap.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_containment_gap.class_code IS 'Its class in production.';
COMMENT ON COLUMN public.v_oneroof_containment_gap.reason IS 'Why it is not covered.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_cycle AS
WITH RECURSIVE above (node_code, ancestor_code) AS (
    SELECT edge.child_code, edge.parent_code
    FROM public.oneroof_containment_edge AS edge
    UNION
    SELECT above.node_code, edge.parent_code
    FROM above
    JOIN public.oneroof_containment_edge AS edge ON edge.child_code = above.ancestor_code
)
SELECT above.node_code
FROM above
WHERE above.node_code = above.ancestor_code;
COMMENT ON VIEW public.v_oneroof_containment_cycle IS 'Nodes that contain themselves, directly or by way of others.';
COMMENT ON COLUMN public.v_oneroof_containment_cycle.node_code IS 'The node.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_multi_parent AS
SELECT edge.child_code AS node_code, pg_catalog.count(*) AS parents
FROM public.oneroof_containment_edge AS edge
GROUP BY edge.child_code
HAVING pg_catalog.count(*) > 1;
COMMENT ON VIEW public.v_oneroof_containment_multi_parent IS 'Nodes with more than one parent. The key admits none; the view would show them if it were gone.';
COMMENT ON COLUMN public.v_oneroof_containment_multi_parent.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_multi_parent.parents IS 'Number of its parents.';

-- Topic.

CREATE OR REPLACE VIEW public.v_oneroof_topic_assignment AS
SELECT assignment.object_code, live.class_code, live.title, live.label, assignment.topic_code, topic.title AS topic_title
FROM public.oneroof_topic_assignment AS assignment
JOIN public.oneroof_topic AS topic ON topic.topic_code = assignment.topic_code
LEFT JOIN (
    SELECT inventory.object_code::text AS object_code, inventory.class_code::text AS class_code,
        inventory.title::text AS title, inventory.label::text AS label
    FROM public.v_governance_object_inventory AS inventory
) AS live ON live.object_code = assignment.object_code;
COMMENT ON VIEW public.v_oneroof_topic_assignment IS 'The reviewed assignments beside what production says of each object.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.class_code IS 'Its class in production.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.title IS 'Its title in production.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.label IS 'Its label in production.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.topic_code IS 'Its topic, as reviewed.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.topic_title IS 'Name of the topic.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_projection AS
SELECT DISTINCT ON (live.object_code) live.object_code, live.label, rule.priority, rule.label_pattern, rule.topic_code
FROM (
    SELECT inventory.object_code::text AS object_code, inventory.label::text AS label
    FROM public.v_governance_object_inventory AS inventory
) AS live
JOIN public.oneroof_topic_label_rule AS rule ON live.label LIKE rule.label_pattern
ORDER BY live.object_code, rule.priority;
COMMENT ON VIEW public.v_oneroof_topic_projection IS 'The topic that the label rules give each object from its live label.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.label IS 'Its label in production.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.priority IS 'Priority of the rule that decided.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.label_pattern IS 'Pattern of the rule that decided.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.topic_code IS 'Topic that the rule gives.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_divergent AS
SELECT assignment.object_code, assignment.topic_code AS assigned_topic, projection.topic_code AS projected_topic
FROM public.oneroof_topic_assignment AS assignment
LEFT JOIN public.v_oneroof_topic_projection AS projection ON projection.object_code = assignment.object_code
WHERE projection.topic_code IS DISTINCT FROM assignment.topic_code;
COMMENT ON VIEW public.v_oneroof_topic_divergent IS 'Assignments that the label rules do not confirm.';
COMMENT ON COLUMN public.v_oneroof_topic_divergent.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_divergent.assigned_topic IS 'Its topic, as reviewed.';
COMMENT ON COLUMN public.v_oneroof_topic_divergent.projected_topic IS 'The topic that the rules give; NULL where none does.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_projection_pending AS
SELECT live.object_code, live.label,
    CASE WHEN projection.object_code IS NULL THEN 'no label rule matches' ELSE 'the object has no topic' END AS reason
FROM (
    SELECT inventory.object_code::text AS object_code, inventory.label::text AS label
    FROM public.v_governance_object_inventory AS inventory
) AS live
LEFT JOIN public.v_oneroof_topic_projection AS projection ON projection.object_code = live.object_code
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.object_code = live.object_code
WHERE projection.object_code IS NULL OR assignment.object_code IS NULL;
COMMENT ON VIEW public.v_oneroof_topic_projection_pending IS 'Governed objects that wait for a rule or for a topic.';
COMMENT ON COLUMN public.v_oneroof_topic_projection_pending.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_projection_pending.label IS 'Its label in production.';
COMMENT ON COLUMN public.v_oneroof_topic_projection_pending.reason IS 'What it waits for.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_coverage AS
SELECT topic.topic_code, topic.ordinal, topic.title, pg_catalog.count(assignment.object_code) AS objects
FROM public.oneroof_topic AS topic
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.topic_code = topic.topic_code
GROUP BY topic.topic_code, topic.ordinal, topic.title;
COMMENT ON VIEW public.v_oneroof_topic_coverage IS 'How many objects each topic has.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.topic_code IS 'Code of the topic.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.ordinal IS 'Place of the topic among the topics.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.title IS 'Name of the topic.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.objects IS 'Number of its objects.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_sparse AS
SELECT coverage.topic_code, coverage.title
FROM public.v_oneroof_topic_coverage AS coverage
WHERE coverage.objects = 1;
COMMENT ON VIEW public.v_oneroof_topic_sparse IS 'Topics with a single object.';
COMMENT ON COLUMN public.v_oneroof_topic_sparse.topic_code IS 'Code of the topic.';
COMMENT ON COLUMN public.v_oneroof_topic_sparse.title IS 'Name of the topic.';

CREATE OR REPLACE VIEW public.v_oneroof_label_rule_alignment AS
SELECT rule.priority, rule.label_pattern, rule.topic_code,
    pg_catalog.count(projection.object_code) AS projected,
    pg_catalog.count(assignment.object_code) FILTER (WHERE assignment.topic_code = rule.topic_code) AS confirmed
FROM public.oneroof_topic_label_rule AS rule
LEFT JOIN public.v_oneroof_topic_projection AS projection ON projection.label_pattern = rule.label_pattern
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.object_code = projection.object_code
GROUP BY rule.priority, rule.label_pattern, rule.topic_code;
COMMENT ON VIEW public.v_oneroof_label_rule_alignment IS 'Rule by rule: how many objects it decides, and how many of these the review confirms.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.priority IS 'Priority of the rule.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.label_pattern IS 'Pattern of the rule.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.topic_code IS 'Topic that the rule gives.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.projected IS 'Objects that the rule decides.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.confirmed IS 'Of these, the ones assigned to the same topic.';

-- Scanner.

CREATE OR REPLACE VIEW public.v_oneroof_scan_candidate_finding AS
SELECT rule.rule_code, rule.subject_kind, found.subject_code, found.detail
FROM (
    SELECT 'SCN-OWNER-INHERITED-ONLY' AS rule_code, live.object_code AS subject_code,
        'no direct owner; what it has comes from class ' || live.class_code AS detail
    FROM (
        SELECT inventory.object_code::text AS object_code, inventory.class_code::text AS class_code
        FROM public.v_governance_object_inventory AS inventory
    ) AS live
    WHERE NOT EXISTS (
        SELECT FROM public.v_oneroof_ownership_direct AS direct
        WHERE direct.subject_kind = 'object' AND direct.subject_code = live.object_code)
    UNION ALL
    SELECT 'SCN-TOPIC-SPARSE', sparse.topic_code, 'the topic has a single object'
    FROM public.v_oneroof_topic_sparse AS sparse
    UNION ALL
    SELECT 'SCN-AXIS-VALUE-UNBOUND', unbound.axis_code || '/' || unbound.value_code, 'no binding uses the value'
    FROM public.v_oneroof_axis_unbound_value AS unbound
) AS found
JOIN public.oneroof_scan_rule AS rule ON rule.rule_code = found.rule_code;
COMMENT ON VIEW public.v_oneroof_scan_candidate_finding IS 'What a scan would find now.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.rule_code IS 'Rule that finds it.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.subject_kind IS 'What it is about: an object, a topic or an axis value.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.subject_code IS 'The object, topic or axis value.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.detail IS 'The finding in words.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_run_latest AS
SELECT run.ruleset_code, run.snapshot_ref, run.ruleset_version, run.snapshot_id, run.scanned_at
FROM public.oneroof_scan_run AS run
ORDER BY run.scanned_at DESC, run.ruleset_code, run.snapshot_ref
LIMIT 1;
COMMENT ON VIEW public.v_oneroof_scan_run_latest IS 'The run that came last. At most one row.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.ruleset_version IS 'Version of the ruleset.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.snapshot_id IS 'Identity of the snapshot.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.scanned_at IS 'When it was scanned first.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_finding_open AS
SELECT finding.ruleset_code, finding.snapshot_ref, finding.rule_code, rule.subject_kind, finding.subject_code, finding.detail
FROM public.oneroof_scan_finding AS finding
JOIN public.v_oneroof_scan_run_latest AS latest
    ON latest.ruleset_code = finding.ruleset_code AND latest.snapshot_ref = finding.snapshot_ref
JOIN public.oneroof_scan_rule AS rule ON rule.rule_code = finding.rule_code
WHERE finding.state = 'open';
COMMENT ON VIEW public.v_oneroof_scan_finding_open IS 'The open findings of the run that came last.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.rule_code IS 'Rule that found it.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.subject_kind IS 'What it is about.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.subject_code IS 'The object, topic or axis value.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.detail IS 'The finding in words.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_emittable AS
SELECT finding.ruleset_code, finding.snapshot_ref, finding.rule_code, finding.subject_code
FROM public.v_oneroof_scan_finding_open AS finding
JOIN public.oneroof_scan_rule AS rule ON rule.rule_code = finding.rule_code
WHERE rule.emittable;
COMMENT ON VIEW public.v_oneroof_scan_emittable IS 'Open findings that may become an event. None may, in this phase.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.rule_code IS 'Rule that found it.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.subject_code IS 'The object, topic or axis value.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_rule_summary AS
SELECT rule.rule_code, rule.ordinal, rule.title, rule.emittable, pg_catalog.count(finding.subject_code) AS findings
FROM public.oneroof_scan_rule AS rule
LEFT JOIN public.v_oneroof_scan_finding_open AS finding ON finding.rule_code = rule.rule_code
GROUP BY rule.rule_code, rule.ordinal, rule.title, rule.emittable;
COMMENT ON VIEW public.v_oneroof_scan_rule_summary IS 'Rule by rule: how many open findings the last run has.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.rule_code IS 'Code of the rule.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.ordinal IS 'Place of the rule among the rules.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.title IS 'What a finding of the rule says.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.emittable IS 'Whether a finding may become an event.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.findings IS 'Number of its open findings.';

-- Roof.

CREATE OR REPLACE VIEW public.v_oneroof_roof_status AS
SELECT
    (SELECT pg_catalog.count(*) FROM public.v_governance_object_inventory) AS inventory,
    (SELECT pg_catalog.count(*) FROM public.v_governance_scope) AS scopes,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_ownership_direct) AS owners_direct,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_ownership_inherited) AS owners_inherited,
    (SELECT coverage.gaps FROM public.v_oneroof_ownership_coverage AS coverage) AS gap,
    (SELECT coverage.coverage_pct FROM public.v_oneroof_ownership_coverage AS coverage) AS coverage_pct,
    (SELECT pg_catalog.count(*) FROM public.v_governance_ownership_conflict) AS conflict,
    (SELECT pg_catalog.count(*) FROM public.v_governance_event_emit) AS gov_emit,
    (SELECT pg_catalog.count(*) FROM public.oneroof_axis_binding) AS bindings,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_axis_unbound_value) AS unbound_values,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_axis_conflict) AS axis_conflict,
    (SELECT pg_catalog.count(*) FROM public.oneroof_containment_node) AS nodes,
    (SELECT pg_catalog.count(*) FROM public.oneroof_containment_edge) AS edges,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_containment_gap) AS containment_gap,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_containment_cycle) AS containment_cycle,
    (SELECT pg_catalog.count(*) FROM public.oneroof_topic) AS topics,
    (SELECT pg_catalog.count(*) FROM public.oneroof_topic_assignment) AS assignments,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_topic_divergent) AS divergent,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_topic_projection_pending) AS projection_pending,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_scan_finding_open) AS findings,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_scan_emittable) AS emittable;
COMMENT ON VIEW public.v_oneroof_roof_status IS 'The figures of the whole release. One row.';
COMMENT ON COLUMN public.v_oneroof_roof_status.inventory IS 'Governed objects.';
COMMENT ON COLUMN public.v_oneroof_roof_status.scopes IS 'Scopes of responsibility.';
COMMENT ON COLUMN public.v_oneroof_roof_status.owners_direct IS 'Owners that a class or an object has of its own.';
COMMENT ON COLUMN public.v_oneroof_roof_status.owners_inherited IS 'Owners that an object has from its class.';
COMMENT ON COLUMN public.v_oneroof_roof_status.gap IS 'Pairs of object and scope without an owner.';
COMMENT ON COLUMN public.v_oneroof_roof_status.coverage_pct IS 'Pairs with an owner in per cent.';
COMMENT ON COLUMN public.v_oneroof_roof_status.conflict IS 'Subjects and scopes with more than one owner.';
COMMENT ON COLUMN public.v_oneroof_roof_status.gov_emit IS 'Governance events that reached the outbox.';
COMMENT ON COLUMN public.v_oneroof_roof_status.bindings IS 'Bindings of class and scope to a level of authority.';
COMMENT ON COLUMN public.v_oneroof_roof_status.unbound_values IS 'Axis values that no binding uses.';
COMMENT ON COLUMN public.v_oneroof_roof_status.axis_conflict IS 'Bindings that cannot be honoured.';
COMMENT ON COLUMN public.v_oneroof_roof_status.nodes IS 'Nodes of the tree.';
COMMENT ON COLUMN public.v_oneroof_roof_status.edges IS 'Edges of the tree.';
COMMENT ON COLUMN public.v_oneroof_roof_status.containment_gap IS 'Governed objects that the roof does not cover.';
COMMENT ON COLUMN public.v_oneroof_roof_status.containment_cycle IS 'Nodes that contain themselves.';
COMMENT ON COLUMN public.v_oneroof_roof_status.topics IS 'Topics.';
COMMENT ON COLUMN public.v_oneroof_roof_status.assignments IS 'Objects with a topic.';
COMMENT ON COLUMN public.v_oneroof_roof_status.divergent IS 'Assignments that the label rules do not confirm.';
COMMENT ON COLUMN public.v_oneroof_roof_status.projection_pending IS 'Governed objects that wait for a rule or a topic.';
COMMENT ON COLUMN public.v_oneroof_roof_status.findings IS 'Open findings of the last run.';
COMMENT ON COLUMN public.v_oneroof_roof_status.emittable IS 'Open findings that may become an event.';

-- ---------------------------------------------------------------------------------------------
-- The scan. Only what differs is written, so a second call under the same ruleset and snapshot touches no row at all.

CREATE OR REPLACE FUNCTION public.fn_oneroof_scan(ruleset_code text, snapshot_ref text)
RETURNS TABLE (inserted integer, updated integer, unchanged integer)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    ruleset  record;
    snapshot record;
BEGIN
    -- Rulesets and snapshots are read, never written. Only an enacted ruleset counts, at its highest version.
    SELECT known.version::integer AS version, known.status::text AS status INTO ruleset
    FROM public.governance_ruleset AS known
    WHERE known.ruleset_code::text = fn_oneroof_scan.ruleset_code
    ORDER BY known.version DESC NULLS LAST
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE 'ruleset "%" does not exist', fn_oneroof_scan.ruleset_code USING ERRCODE = 'no_data_found';
    ELSIF ruleset.status IS DISTINCT FROM 'enacted' THEN
        RAISE 'ruleset "%" is not enacted: version % is %', fn_oneroof_scan.ruleset_code, ruleset.version, ruleset.status
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT known.id INTO snapshot
    FROM public.evolution_snapshots AS known
    WHERE known.snapshot_ref::text = fn_oneroof_scan.snapshot_ref
    ORDER BY known.taken_at DESC NULLS LAST, known.id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE 'snapshot "%" does not exist', fn_oneroof_scan.snapshot_ref USING ERRCODE = 'no_data_found';
    END IF;

    INSERT INTO public.oneroof_scan_run AS run (ruleset_code, snapshot_ref, ruleset_version, snapshot_id)
    SELECT fn_oneroof_scan.ruleset_code, fn_oneroof_scan.snapshot_ref, ruleset.version, snapshot.id
    WHERE NOT EXISTS (
        SELECT FROM public.oneroof_scan_run AS known
        WHERE known.ruleset_code = fn_oneroof_scan.ruleset_code AND known.snapshot_ref = fn_oneroof_scan.snapshot_ref)
    ON CONFLICT ON CONSTRAINT oneroof_scan_run_pkey DO NOTHING;

    WITH known AS (
        SELECT finding.rule_code, finding.subject_code, finding.detail, finding.state
        FROM public.oneroof_scan_finding AS finding
        WHERE finding.ruleset_code = fn_oneroof_scan.ruleset_code AND finding.snapshot_ref = fn_oneroof_scan.snapshot_ref
    ), candidate AS (
        SELECT found.rule_code, found.subject_code, found.detail
        FROM public.v_oneroof_scan_candidate_finding AS found
    ), wanted AS (
        SELECT candidate.rule_code, candidate.subject_code, candidate.detail, 'open' AS state
        FROM candidate
        UNION ALL
        SELECT known.rule_code, known.subject_code, known.detail, 'resolved'
        FROM known
        WHERE NOT EXISTS (
            SELECT FROM candidate
            WHERE candidate.rule_code = known.rule_code AND candidate.subject_code = known.subject_code)
    ), compared AS (
        SELECT wanted.rule_code, wanted.subject_code, wanted.detail, wanted.state,
            known.rule_code IS NULL AS is_new,
            (known.detail, known.state) IS DISTINCT FROM (wanted.detail, wanted.state) AS differs
        FROM wanted
        LEFT JOIN known ON known.rule_code = wanted.rule_code AND known.subject_code = wanted.subject_code
    ), written AS (
        INSERT INTO public.oneroof_scan_finding AS finding (ruleset_code, snapshot_ref, rule_code, subject_code, detail, state)
        SELECT fn_oneroof_scan.ruleset_code, fn_oneroof_scan.snapshot_ref,
            compared.rule_code, compared.subject_code, compared.detail, compared.state
        FROM compared
        WHERE compared.differs
        ON CONFLICT ON CONSTRAINT oneroof_scan_finding_pkey DO UPDATE
            SET detail = excluded.detail, state = excluded.state
            WHERE (finding.detail, finding.state) IS DISTINCT FROM (excluded.detail, excluded.state)
    )
    SELECT count(*) FILTER (WHERE compared.is_new),
        count(*) FILTER (WHERE compared.differs AND NOT compared.is_new),
        count(*) FILTER (WHERE NOT compared.differs)
    INTO inserted, updated, unchanged
    FROM compared;
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION public.fn_oneroof_scan(text, text) IS 'Scans under an enacted ruleset and a snapshot, writes the findings that differ, and tells how many it inserted, updated and left.';
REVOKE EXECUTE ON FUNCTION public.fn_oneroof_scan(text, text) FROM PUBLIC;
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
                ('objects', 'error', '11 tables, 31 views, 1 function',
                    $q$
                        SELECT pg_catalog.format('%s tables, %s views, %s function',
                            pg_catalog.count(*) FILTER (WHERE class.relkind = 'r'), pg_catalog.count(*) FILTER (WHERE class.relkind = 'v'),
                            pg_catalog.num_nonnulls(pg_catalog.to_regprocedure('public.fn_oneroof_scan(text, text)')))
                        FROM (VALUES
                            ('public.oneroof_axis'),
                            ('public.oneroof_axis_value'),
                            ('public.oneroof_axis_binding'),
                            ('public.oneroof_containment_node'),
                            ('public.oneroof_containment_edge'),
                            ('public.oneroof_topic'),
                            ('public.oneroof_topic_label_rule'),
                            ('public.oneroof_topic_assignment'),
                            ('public.oneroof_scan_rule'),
                            ('public.oneroof_scan_run'),
                            ('public.oneroof_scan_finding'),
                            ('public.v_oneroof_axis'),
                            ('public.v_oneroof_axis_value'),
                            ('public.v_oneroof_axis_binding'),
                            ('public.v_oneroof_axis_matrix'),
                            ('public.v_oneroof_axis_unbound_value'),
                            ('public.v_oneroof_axis_conflict'),
                            ('public.v_oneroof_axis_coverage'),
                            ('public.v_oneroof_ownership_direct'),
                            ('public.v_oneroof_ownership_inherited'),
                            ('public.v_oneroof_ownership_effective'),
                            ('public.v_oneroof_ownership_coverage'),
                            ('public.v_oneroof_ownership_provenance'),
                            ('public.v_oneroof_containment_tree'),
                            ('public.v_oneroof_containment_path'),
                            ('public.v_oneroof_containment_depth'),
                            ('public.v_oneroof_containment_gap'),
                            ('public.v_oneroof_containment_cycle'),
                            ('public.v_oneroof_containment_multi_parent'),
                            ('public.v_oneroof_topic_assignment'),
                            ('public.v_oneroof_topic_projection'),
                            ('public.v_oneroof_topic_divergent'),
                            ('public.v_oneroof_topic_projection_pending'),
                            ('public.v_oneroof_topic_coverage'),
                            ('public.v_oneroof_topic_sparse'),
                            ('public.v_oneroof_label_rule_alignment'),
                            ('public.v_oneroof_scan_candidate_finding'),
                            ('public.v_oneroof_scan_run_latest'),
                            ('public.v_oneroof_scan_finding_open'),
                            ('public.v_oneroof_scan_emittable'),
                            ('public.v_oneroof_scan_rule_summary'),
                            ('public.v_oneroof_roof_status')
                        ) AS named (name)
                        JOIN pg_catalog.pg_class AS class ON class.oid = pg_catalog.to_regclass(named.name)
                    $q$,
                    'The tier did not end as it must, so nothing of it was kept; report the row and run preflight again.'),
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
                ('views_selectable', 'error', '31 of 31',
                    $q$
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
                    $q$,
                    'A view of the release cannot be read; the text above says why.'),
                ('public_execute', 'error', 'revoked',
                    $q$
                        SELECT CASE
                            WHEN pg_catalog.has_function_privilege('public', 'public.fn_oneroof_scan(text, text)', 'EXECUTE') THEN 'granted'
                            ELSE 'revoked'
                        END
                    $q$,
                    'Default privileges give EXECUTE to everybody; whoever set them must take that back.'),
                ('untouched', 'error', 'unchanged',
                    $q$
                        SELECT CASE
                            WHEN pg_catalog.count(*) <> 4 THEN 'not noted before'
                            ELSE coalesce('changed: ' || pg_catalog.string_agg(earlier.key, ', ' ORDER BY earlier.key)
                                FILTER (WHERE earlier.value <> later.value), 'unchanged')
                        END
                        FROM pg_catalog.jsonb_each_text(nullif(pg_catalog.current_setting('oneroof.before', true), '')::jsonb) AS earlier
                        JOIN pg_catalog.jsonb_each_text((
                            SELECT pg_catalog.jsonb_object_agg(seen.kind, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(seen.words, ''), 'UTF8')), 'hex'))::text
                            FROM (
                                WITH ours AS (
                                    SELECT class.oid FROM pg_catalog.pg_class AS class WHERE class.relname ~ '^(v_)?oneroof_'
                                    UNION ALL
                                    SELECT routine.oid FROM pg_catalog.pg_proc AS routine WHERE routine.proname = 'fn_oneroof_scan'
                                )
                                SELECT 'triggers' AS kind, (
                                    SELECT pg_catalog.string_agg(ROW(t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgfoid)::text, ' ' ORDER BY t.oid)
                                    FROM pg_catalog.pg_trigger AS t
                                    WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.tgrelid)) AS words
                                UNION ALL
                                SELECT 'rules', (
                                    SELECT pg_catalog.string_agg(ROW(t.oid, t.ev_class, t.rulename, t.ev_enabled)::text, ' ' ORDER BY t.oid)
                                    FROM pg_catalog.pg_rewrite AS t
                                    WHERE t.oid >= 16384 AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.ev_class))
                                UNION ALL
                                SELECT 'grants', pg_catalog.concat(
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.relacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_class AS t
                                        WHERE t.relacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)),
                                    (SELECT pg_catalog.string_agg(ROW(t.attrelid, t.attnum, t.attacl)::text, ' ' ORDER BY t.attrelid, t.attnum)
                                        FROM pg_catalog.pg_attribute AS t
                                        WHERE t.attacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.attrelid)),
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.proacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_proc AS t
                                        WHERE t.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)),
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.nspacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_namespace AS t
                                        WHERE t.nspname NOT LIKE 'pg\_temp%' AND t.nspname NOT LIKE 'pg\_toast\_temp%'),
                                    (SELECT pg_catalog.string_agg(ROW(t.oid, t.defaclacl)::text, ' ' ORDER BY t.oid)
                                        FROM pg_catalog.pg_default_acl AS t))
                                UNION ALL
                                SELECT 'comments', (
                                    SELECT pg_catalog.string_agg(ROW(t.classoid, t.objoid, t.objsubid, t.description)::text, ' ' ORDER BY t.classoid, t.objoid, t.objsubid)
                                    FROM pg_catalog.pg_description AS t
                                    WHERE t.objoid >= 16384 AND NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.objoid))
                            ) AS seen
                        )::jsonb) AS later ON later.key = earlier.key
                    $q$,
                    'Triggers, rules, grants or comments that are not ours changed during the tier; nothing of it was kept. Find out who changes them.'),
                ('unwritten', 'error', 'nothing',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(DISTINCT held.relation::pg_catalog.regclass::text, ', '), 'nothing')
                        FROM pg_catalog.pg_locks AS held
                        JOIN pg_catalog.pg_class AS class ON class.oid = held.relation
                        WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation'
                            AND held.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                            AND class.relname !~ '^(v_)?oneroof_'
                            AND class.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace AND class.relnamespace <> 'pg_toast'::pg_catalog.regnamespace
                    $q$,
                    'The tier wrote rows or a sequence that were there before; nothing of it was kept.'),
                ('ownership', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.governance_object_ownership$q$,
                    'Ownership must stand as the release expects it: look who wrote the rows, by created_by.'),
                ('gap', 'error', '210',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_ownership_gap$q$,
                    'Look at v_governance_ownership_gap: the pairs of object and scope without an owner are not as expected.'),
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
