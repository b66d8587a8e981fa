-- absent: nothing of the tier is there. applied: exactly what was shipped. altered: neither, with the first difference.
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
            'constraint.oneroof_axis_value_ordinal_positive:fda8d0c2 constraint.oneroof_axis_value_owner_format:e5df76f8 '
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
            'relation:7cd63ef2 definition:1a24fe65 columns:22fff467'),
        ('public.v_oneroof_axis_coverage',
            'relation:12befc9e definition:5a2747e5 columns:a1a7875a'),
        ('public.v_oneroof_ownership_direct',
            'relation:052c6419 definition:7862f3c9/7470d92f columns:77231aee'),
        ('public.v_oneroof_ownership_inherited',
            'relation:35a8885b definition:eb5343bd/b3f31e4a columns:fa980e31'),
        ('public.v_oneroof_ownership_effective',
            'relation:c76cfd05 definition:fad39523/c4d42fc7 columns:96b2ac16'),
        ('public.v_oneroof_ownership_coverage',
            'relation:2abe5169 definition:721b235e/b368181c columns:d3bf64ae'),
        ('public.v_oneroof_ownership_provenance',
            'relation:f52dcecb definition:5c62fcc7/63dcb451 columns:63094fc5'),
        ('public.v_oneroof_containment_tree',
            'relation:341a5bb6 definition:29bdbf49 columns:e486670d'),
        ('public.v_oneroof_containment_path',
            'relation:91c68550 definition:e1bb8c60/84ef2f1a columns:5bb3c507'),
        ('public.v_oneroof_containment_depth',
            'relation:1183bf8c definition:d8159c31/f88799c4 columns:f38c00fe'),
        ('public.v_oneroof_containment_gap',
            'relation:5b432d0e definition:57ae31a3 columns:bd293167'),
        ('public.v_oneroof_containment_cycle',
            'relation:6ad0332f definition:dc12349d/0e4b9632 columns:2b85e093'),
        ('public.v_oneroof_containment_multi_parent',
            'relation:b42a8285 definition:ed8f69c8/98f631a3 columns:a78ced0b'),
        ('public.v_oneroof_topic_assignment',
            'relation:80eb033c definition:6f017f9e columns:2146f1a4'),
        ('public.v_oneroof_topic_projection',
            'relation:90170bf3 definition:f21c594f columns:53e4e0be'),
        ('public.v_oneroof_topic_divergent',
            'relation:566e9d6d definition:08ec0d38 columns:fc4bf041'),
        ('public.v_oneroof_topic_projection_pending',
            'relation:6fd97804 definition:abb8fb98 columns:9ed3944c'),
        ('public.v_oneroof_topic_coverage',
            'relation:2ea99b5d definition:05ba0d49 columns:9636ed11'),
        ('public.v_oneroof_topic_sparse',
            'relation:6e5e90a0 definition:bccb47af/6947bc81 columns:ec15c071'),
        ('public.v_oneroof_label_rule_alignment',
            'relation:a2aaf2ec definition:d5ab6d46 columns:8d2ee8d5'),
        ('public.v_oneroof_scan_candidate_finding',
            'relation:b9bbe561 definition:f7c906f8 columns:f77ea812'),
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
            'definition:daa2fbf2')
), packet AS (
    SELECT shipped.object,
        CASE WHEN shipped.object NOT LIKE '%(%' THEN pg_catalog.to_regclass(shipped.object) END::oid AS relation,
        CASE WHEN shipped.object LIKE '%(%' THEN pg_catalog.to_regprocedure(shipped.object) END::oid AS routine
    FROM shipped
), present AS (
    SELECT packet.object, packet.relation, packet.routine
    FROM packet
    WHERE packet.relation IS NOT NULL OR packet.routine IS NOT NULL
), compressed (object, attname, method) AS MATERIALIZED (
    -- PostgreSQL 13 has no such column, so it is read by name. Materialized: the columns of all other tables are not converted to JSON.
    SELECT present.object, attribute.attname, pg_catalog.to_jsonb(attribute) ->> 'attcompression'
    FROM present
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = present.relation AND attribute.attnum > 0 AND NOT attribute.attisdropped
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
    -- What was shipped with nothing set apart: whatever somebody set since would go with a DROP.
    SELECT present.object, 'statistics target.' || attribute.attname, attribute.attstattarget::text
    FROM present
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = present.relation AND attribute.attnum > 0 AND NOT attribute.attisdropped
    WHERE coalesce(attribute.attstattarget, -1) <> -1
    UNION ALL
    SELECT present.object, 'storage.' || attribute.attname, attribute.attstorage::text
    FROM present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation AND class.relkind <> 'v'
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = present.relation AND attribute.attnum > 0 AND NOT attribute.attisdropped
    JOIN pg_catalog.pg_type AS kind ON kind.oid = attribute.atttypid
    WHERE attribute.attstorage <> kind.typstorage
    UNION ALL
    SELECT compressed.object, 'compression.' || compressed.attname, compressed.method
    FROM compressed
    WHERE compressed.method <> ''
    UNION ALL
    SELECT present.object, 'options.' || attribute.attname, attribute.attoptions::text
    FROM present
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = present.relation AND attribute.attoptions IS NOT NULL
    UNION ALL
    SELECT present.object, 'default.' || attribute.attname, pg_catalog.pg_get_expr(fallback.adbin, fallback.adrelid)
    FROM present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation AND class.relkind = 'v'
    JOIN pg_catalog.pg_attrdef AS fallback ON fallback.adrelid = class.oid
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = fallback.adnum
    UNION ALL
    SELECT present.object, 'tablespace.' || class.relname, space.spcname::text
    FROM (
        SELECT present.object, present.relation FROM present
        UNION ALL
        SELECT present.object, index.indexrelid FROM present JOIN pg_catalog.pg_index AS index ON index.indrelid = present.relation
    ) AS present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation
    JOIN pg_catalog.pg_tablespace AS space ON space.oid = class.reltablespace
    UNION ALL
    SELECT present.object, 'access method', method.amname::text
    FROM present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation
    JOIN pg_catalog.pg_am AS method ON method.oid = class.relam AND method.amname <> 'heap'
    UNION ALL
    SELECT present.object, 'TOAST options', toast.reloptions::text
    FROM present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation
    JOIN pg_catalog.pg_class AS toast ON toast.oid = class.reltoastrelid AND toast.reloptions IS NOT NULL
    UNION ALL
    SELECT present.object, 'CLUSTER mark.' || class.relname, 'clustered'
    FROM present
    JOIN pg_catalog.pg_index AS index ON index.indrelid = present.relation AND index.indisclustered
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
            -- A view is named by its own name, not by that of the rule which PostgreSQL keeps for it.
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
        LIMIT 1), 'applied')
END
