-- Tier 0, preflight: every precondition of the release, each with expected and actual, all of them
-- even after one fails. Read-only: run it in a READ ONLY transaction, any day, as the role that will
-- release. GO means GO: what passes here, tiers 1 to 6 complete.
--
-- The list asks the catalogue first, once, for whole families (columns, privileges, row security),
-- and the data last. Warnings never block.

-- oneroof:guard
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
            WITH RECURSIVE contract (place, object, kind, columns, needed) AS (
                VALUES
                    (1, 'os_proposal_approvals', 'table',
                        'proposal_code:string approval_level:string approved_by:string signature_ref:string approved_at:timestamp', 'SELECT'),
                    (2, 'governance_object_ownership', 'table',
                        'subject_kind:string subject_code:string scope_code:string owner_ref:string created_by:string approval_ref:string created_at:timestamp',
                        'SELECT INSERT DELETE'),
                    (3, 'event_type_registry', 'table', 'event_type:string domain:string active:boolean', 'SELECT'),
                    (4, 'event_outbox', 'table', 'event_type:string payload:json created_at:timestamp', 'SELECT'),
                    (5, 'system_issues', 'table', '', 'SELECT'),
                    (6, 'governance_ruleset', 'table', 'ruleset_code:string version:number status:string', 'SELECT'),
                    (7, 'evolution_snapshots', 'table', 'id:uuid snapshot_ref:string taken_at:timestamp', 'SELECT'),
                    (8, 'candidate_scan_run', 'table',
                        'ruleset_code:string snapshot_id:uuid state_rows:number object_rows:number started_at:timestamp', 'SELECT'),
                    (9, 'candidate_scan_state', 'table', 'class_code:string objects:number covered:number last_run_id:uuid', 'SELECT'),
                    (10, 'candidate_scan_object', 'table',
                        'object_code:string class_code:string scopes_covered:number scopes_total:number last_run_id:uuid', 'SELECT'),
                    (11, 'candidate_scan_cursor', 'table', 'cursor_name:string position:number updated_at:timestamp', 'SELECT'),
                    (12, 'v_governance_object_inventory', 'view', 'object_code:string class_code:string title:string label:string', 'SELECT'),
                    (13, 'v_governance_scope', 'view', 'scope_code:string title:string', 'SELECT'),
                    (14, 'v_governance_effective_owner', 'view',
                        'subject_kind:string subject_code:string scope_code:string owner_ref:string provenance:string', 'SELECT'),
                    (15, 'v_governance_ownership_gap', 'view', 'object_code:string scope_code:string', 'SELECT'),
                    (16, 'v_governance_ownership_conflict', 'view', 'subject_kind:string subject_code:string scope_code:string owners:any', 'SELECT'),
                    (17, 'v_governance_event_emit', 'view', 'event_type:string created_at:timestamp', 'SELECT')
            ),
            found AS MATERIALIZED (
                SELECT contract.*, c.oid, c.relkind, c.relowner, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
                FROM contract
                LEFT JOIN pg_catalog.pg_class AS c
                    ON c.relname = contract.object::name
                    AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public')
                ORDER BY contract.place
            ),
            -- What the seam views read, however deep, and as whom: a view reads as its owner, an invoker's view as its reader.
            reached (object, oid, relkind, reader) AS (
                SELECT found.object, found.oid, found.relkind,
                    CASE WHEN found.reloptions::text ~* 'security_invoker=(true|on|yes|1)' THEN me.oid ELSE found.relowner END
                FROM found
                CROSS JOIN (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) AS me
                WHERE found.relkind = 'v'
                UNION
                SELECT reached.object, c.oid, c.relkind,
                    CASE
                        WHEN c.relkind <> 'v' OR c.reloptions::text ~* 'security_invoker=(true|on|yes|1)' THEN reached.reader
                        ELSE c.relowner
                    END
                FROM reached
                JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid AND w.rulename = '_RETURN'
                JOIN pg_catalog.pg_depend AS d
                    ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
                JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid AND c.oid <> reached.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                WHERE reached.relkind = 'v'
            ),
            -- Row security where it could hide rows: from us on the contract's tables, from its reader below a view.
            hidden AS (
                SELECT found.object, pg_catalog.min(
                    CASE WHEN found.relforcerowsecurity THEN 'on, forced' ELSE 'on' END) AS policy
                FROM found
                WHERE found.kind = 'table' AND found.relrowsecurity
                GROUP BY found.object
                UNION ALL
                SELECT reached.object, 'on ' || pg_catalog.string_agg(DISTINCT n.nspname || '.' || c.relname, ', ')
                FROM reached
                JOIN pg_catalog.pg_class AS c ON c.oid = reached.oid AND c.relrowsecurity
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                JOIN pg_catalog.pg_roles AS r ON r.oid = reached.reader
                WHERE NOT r.rolsuper AND NOT r.rolbypassrls
                    AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(reached.reader, c.relowner, 'USAGE'))
                GROUP BY reached.object
            ),
            -- Others' locks on what a tier locks: any mode on the gate and on ownership, what stands in a SHARE lock's way on
            -- the tables below the inventory and the scopes, what stands in every reader's way on the rest.
            holders AS MATERIALIZED (
                SELECT l.pid, l.mode, touched.relation, a.usename, a.state, p.gid,
                    CASE
                        WHEN l.pid IS NULL OR a.state LIKE 'idle in transaction%' THEN 'error'
                        WHEN a.state IS NULL THEN 'warning'
                        WHEN l.mode NOT IN ('AccessShareLock', 'RowShareLock') THEN 'warning'
                    END AS severity
                FROM (
                    SELECT found.oid, 'public.' || found.object AS relation,
                        CASE WHEN found.place <= 2 THEN 'any' ELSE 'exclusive' END AS reach
                    FROM found WHERE found.oid IS NOT NULL
                    UNION
                    SELECT reached.oid, n.nspname || '.' || c.relname, 'share'
                    FROM reached
                    JOIN pg_catalog.pg_class AS c ON c.oid = reached.oid
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE reached.object IN ('v_governance_object_inventory', 'v_governance_scope')
                ) AS touched
                JOIN pg_catalog.pg_locks AS l ON l.locktype = 'relation' AND l.relation = touched.oid AND l.granted
                    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
                    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
                    AND CASE touched.reach
                        WHEN 'any' THEN true
                        WHEN 'share' THEN l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock')
                        ELSE l.mode = 'AccessExclusiveLock'
                    END
                LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
                LEFT JOIN pg_catalog.pg_locks AS x ON l.pid IS NULL AND x.pid IS NULL
                    AND x.virtualtransaction = l.virtualtransaction AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'
                LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
            ),
            own AS MATERIALIZED (
                SELECT found.oid FROM found WHERE found.object = 'governance_object_ownership' AND found.relkind IN ('r', 'p')
            ),
            -- The columns of ownership, and what the seed puts into each. Narrowest, the longest value that it must hold.
            held AS MATERIALIZED (
                SELECT a.attnum, a.attname, a.attnotnull, a.attidentity, a.attgenerated, seed.value, seed.width,
                    t.typtype, t.typnotnull, t.typdefault,
                    -- A cast to varchar(3) cuts without a word where an insert fails: cast without the limit, and compare with room.
                    pg_catalog.format_type(a.atttypid, CASE WHEN t.typcategory = 'S' THEN -1 ELSE a.atttypmod END) AS type,
                    pg_catalog.pg_get_expr(e.adbin, e.adrelid) AS expression,
                    CASE
                        WHEN coalesce(b.oid, t.oid) IN ('pg_catalog.varchar'::regtype, 'pg_catalog.bpchar'::regtype)
                            THEN nullif(CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, -1) - 4
                    END AS room,
                    EXISTS (
                        SELECT FROM pg_catalog.pg_depend AS d
                        JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
                        WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = e.oid
                            AND d.refclassid = 'pg_catalog.pg_class'::regclass
                    ) OR coalesce(pg_catalog.pg_get_expr(e.adbin, e.adrelid) ~ 'nextval', false) AS draws
                FROM own
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
                JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
                LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
                LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
                LEFT JOIN (
                    VALUES
                        ('subject_kind', $q$'class'::text$q$, 5),
                        ('subject_code', 'seed.class_code', 4),
                        ('scope_code', 'seed.scope_code', 9),
                        ('owner_ref', 'seed.owner_ref', 12),
                        ('created_by', $q$'F6_OWNERSHIP_SEED_COMMIT'::text$q$, 24),
                        ('approval_ref', $q$coalesce(nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), ''), 'APR-BOOT-AUTHMODEL-1')$q$,
                            pg_catalog.length(coalesce(nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), ''), 'APR-BOOT-AUTHMODEL-1'))),
                        ('created_at', 'pg_catalog.now()', NULL)
                ) AS seed (column_name, value, width) ON seed.column_name = a.attname
            ),
            -- The seed as a query over the columns that the table really has, defaults and generated columns included, so
            -- that its own constraints can be asked about rows that are not there yet.
            rehearsed AS MATERIALIZED (
                SELECT pg_catalog.format(
                    $f$WITH seed AS MATERIALIZED (
                        SELECT governance_object_ownership.*%s FROM (
                            SELECT %s FROM (
                                SELECT class.code AS class_code, bound.scope_code,
                                    CASE bound.level WHEN '2' THEN 'L2-COUNCIL' WHEN '3' THEN 'L3-STEWARD' ELSE 'L4-PRESIDENT' END AS owner_ref
                                FROM (VALUES ('LAW', '442234'), ('PROC', '342223'), ('DATA', '232223'), ('SVC', '232223'), ('ROLE', '342234'))
                                    AS class (code, levels)
                                CROSS JOIN LATERAL ROWS FROM (
                                    pg_catalog.unnest(ARRAY['define', 'approve', 'operate', 'observe', 'remediate', 'retire']),
                                    pg_catalog.unnest(pg_catalog.string_to_array(class.levels, NULL))) AS bound (scope_code, level)
                            ) AS seed
                        ) AS governance_object_ownership
                    ) $f$,
                    pg_catalog.string_agg(pg_catalog.format(', (%s)::%s AS %I', held.expression, held.type, held.attname), '' ORDER BY held.attnum)
                        FILTER (WHERE held.attgenerated <> ''),
                    pg_catalog.string_agg(pg_catalog.format('(%s)::%s AS %I',
                        coalesce(held.value, CASE WHEN held.draws THEN 'NULL' ELSE coalesce(held.expression, held.typdefault, 'NULL') END),
                        held.type, held.attname), ', ' ORDER BY held.attnum)
                        FILTER (WHERE held.attgenerated = '')) AS seed
                FROM held
            ),
            refusal (place, term) AS (
                SELECT 1, pg_catalog.format('CASE WHEN EXISTS (SELECT FROM seed AS governance_object_ownership WHERE NOT (%s)) THEN %L END',
                    pg_catalog.pg_get_expr(k.conbin, k.conrelid), k.conname || ' (check)')
                FROM own
                JOIN pg_catalog.pg_constraint AS k ON k.conrelid = own.oid AND k.contype = 'c'
                UNION ALL
                SELECT 2, pg_catalog.format(
                    $f$(SELECT %L || pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws('/', %s), ', ') || ')'
                        FROM seed WHERE (%s) IS NOT NULL AND NOT EXISTS (SELECT FROM %I.%I AS there WHERE %s))$f$,
                    k.conname || ' (' || n.nspname || '.' || c.relname || ' lacks ',
                    pg_catalog.string_agg(pg_catalog.format('seed.%I', mine.attname), ', ' ORDER BY pair.place),
                    pg_catalog.string_agg(pg_catalog.format('seed.%I', mine.attname), ', ' ORDER BY pair.place),
                    n.nspname, c.relname,
                    pg_catalog.string_agg(pg_catalog.format('there.%I OPERATOR(%I.%s) seed.%I', theirs.attname, m.nspname, o.oprname, mine.attname),
                        ' AND ' ORDER BY pair.place))
                FROM own
                JOIN pg_catalog.pg_constraint AS k ON k.conrelid = own.oid AND k.contype = 'f'
                JOIN pg_catalog.pg_class AS c ON c.oid = k.confrelid
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                CROSS JOIN LATERAL ROWS FROM (
                    pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY AS pair (near, far, operator, place)
                JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = k.conrelid AND mine.attnum = pair.near
                JOIN pg_catalog.pg_attribute AS theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = pair.far
                JOIN pg_catalog.pg_operator AS o ON o.oid = pair.operator
                JOIN pg_catalog.pg_namespace AS m ON m.oid = o.oprnamespace
                GROUP BY k.oid, k.conname, n.nspname, c.relname
                UNION ALL
                SELECT 3, pg_catalog.format(
                    '(SELECT %L FROM seed AS governance_object_ownership WHERE (%s)%s GROUP BY %s HAVING pg_catalog.count(*) > 1 LIMIT 1)',
                    c.relname || ' (unique: two rows of the seed share a key)',
                    coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), 'true'),
                    CASE
                        WHEN coalesce(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true' THEN ''
                        ELSE pg_catalog.string_agg(pg_catalog.format(' AND (%s) IS NOT NULL', term.text), '' ORDER BY term.place)
                    END,
                    pg_catalog.string_agg('(' || term.text || ')', ', ' ORDER BY term.place))
                FROM own
                JOIN pg_catalog.pg_index AS i ON i.indrelid = own.oid AND i.indisunique AND i.indislive
                JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                CROSS JOIN LATERAL (
                    SELECT place, pg_catalog.pg_get_indexdef(i.indexrelid, place, false)
                    FROM pg_catalog.generate_series(1, i.indnkeyatts) AS place
                ) AS term (place, text)
                GROUP BY i.indexrelid, i.indpred, i.indrelid, c.relname, pg_catalog.to_jsonb(i)
                UNION ALL
                -- Expressions of indexes are computed for every row, and may fail on ours.
                SELECT 4, pg_catalog.format(
                    $f$nullif(pg_catalog.left((SELECT pg_catalog.count(ROW(%s)) FROM seed AS governance_object_ownership WHERE (%s))::text, 0), '')$f$,
                    pg_catalog.string_agg('(' || pg_catalog.pg_get_indexdef(i.indexrelid, place, false) || ')', ', ' ORDER BY place),
                    coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), 'true'))
                FROM own
                JOIN pg_catalog.pg_index AS i ON i.indrelid = own.oid AND NOT i.indisunique
                    AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
                CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts) AS place
                GROUP BY i.indexrelid, i.indpred, i.indrelid
                UNION ALL
                SELECT 5, pg_catalog.format('CASE WHEN EXISTS (SELECT FROM seed WHERE pg_catalog.length(seed.%I::text) > %s) THEN %L END',
                    held.attname, held.room, held.attname || ' (its own value is longer than the column)')
                FROM held
                WHERE held.value IS NULL AND held.room IS NOT NULL
                UNION ALL
                SELECT 6, pg_catalog.quote_literal(k.conname || ' (an exclusion constraint, which cannot be judged beforehand)')
                FROM own
                JOIN pg_catalog.pg_constraint AS k ON k.conrelid = own.oid AND k.contype = 'x'
            ),
            -- The types of ownership's columns, and what they are made of: a domain's own constraints are computed with every value.
            domained (attname, oid) AS (
                SELECT a.attname::text, a.atttypid
                FROM own JOIN pg_catalog.pg_attribute AS a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
                UNION
                SELECT domained.attname, coalesce(nullif(t.typbasetype, 0), t.typelem)
                FROM domained
                JOIN pg_catalog.pg_type AS t ON t.oid = domained.oid
                WHERE t.typbasetype <> 0 OR t.typelem <> 0
            ),
            -- What the server computes when a seam view is read, and when a row of the seed is written.
            computed (place, object, tree) AS (
                SELECT 'seam', reached.object, w.ev_action::text
                FROM reached
                JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid AND w.rulename = '_RETURN'
                WHERE reached.relkind = 'v'
                UNION ALL
                SELECT 'ownership', k.conname::text, k.conbin::text
                FROM own JOIN pg_catalog.pg_constraint AS k ON k.conrelid = own.oid AND k.conbin IS NOT NULL
                UNION ALL
                SELECT 'ownership', held.attname::text, e.adbin::text
                FROM own
                JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = own.oid
                -- A default that draws from a sequence is told by ownership.columns.
                JOIN held ON held.attnum = e.adnum AND NOT held.draws
                UNION ALL
                SELECT 'ownership', c.relname::text, pg_catalog.concat(i.indexprs::text, i.indpred::text)
                FROM own
                JOIN pg_catalog.pg_index AS i ON i.indrelid = own.oid
                JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                UNION ALL
                SELECT 'ownership', pg_catalog.concat(domained.attname, ' (', k.conname, ')'), k.conbin::text
                FROM domained JOIN pg_catalog.pg_constraint AS k ON k.contypid = domained.oid AND k.conbin IS NOT NULL
                UNION ALL
                -- Expressions of extended statistics are computed by the ANALYZE after the seed; 13 has none.
                SELECT 'ownership', x.stxname::text, pg_catalog.to_jsonb(x) ->> 'stxexprs'
                FROM own JOIN pg_catalog.pg_statistic_ext AS x ON x.stxrelid = own.oid
            ),
            -- What ROLLBACK does not take back, or COMMIT sends away.
            lasting (name) AS (
                SELECT pg_catalog.unnest(pg_catalog.string_to_array(
                    'nextval setval pg_notify pg_logical_emit_message pg_terminate_backend pg_cancel_backend pg_reload_conf pg_switch_wal '
                    || 'pg_create_restore_point pg_file_write lo_export dblink dblink_exec dblink_send_query dblink_connect', ' '))
            ),
            -- The functions among it: those of the expressions by their ids, and what those call by the names in their bodies, since a
            -- body is only text to the server. An extension's own are not looked into.
            called (place, object, oid) AS (
                SELECT computed.place, computed.object, f.oid
                FROM computed
                CROSS JOIN LATERAL pg_catalog.regexp_matches(computed.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS told (id)
                JOIN pg_catalog.pg_proc AS f ON f.oid = told.id[1]::oid
                WHERE f.oid >= 16384 OR EXISTS (SELECT FROM lasting WHERE lasting.name = f.proname::text)
                UNION
                SELECT called.place, called.object, f.oid
                FROM called
                JOIN pg_catalog.pg_proc AS caller ON caller.oid = called.oid AND caller.oid >= 16384
                    AND NOT EXISTS (
                        SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = caller.oid AND d.deptype = 'e')
                CROSS JOIN LATERAL (
                    SELECT d.refobjid
                    FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = caller.oid AND d.refclassid = 'pg_catalog.pg_proc'::regclass
                    UNION
                    SELECT named.oid
                    FROM pg_catalog.regexp_matches(caller.prosrc, '([[:alpha:]_][[:alnum:]_$]*)"?[[:space:]]*\(', 'g') AS word (name)
                    JOIN pg_catalog.pg_proc AS named ON named.proname IN (word.name[1]::name, pg_catalog.lower(word.name[1])::name)
                    UNION
                    -- A body that is no text: SQL that was parsed when the function was made.
                    SELECT parsed.id[1]::oid
                    FROM pg_catalog.regexp_matches(pg_catalog.to_jsonb(caller) ->> 'prosqlbody', ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS parsed (id)
                ) AS callee (oid)
                JOIN pg_catalog.pg_proc AS f ON f.oid = callee.oid
                WHERE f.oid >= 16384 OR EXISTS (SELECT FROM lasting WHERE lasting.name = f.proname::text)
            ),
            effects AS MATERIALIZED (
                SELECT called.place, called.object, f.oid,
                    n.nspname || '.' || f.proname || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')' AS function,
                    CASE
                        WHEN EXISTS (SELECT FROM lasting WHERE lasting.name = f.proname::text) THEN 'no rollback takes it back'
                        WHEN EXISTS (
                            SELECT FROM pg_catalog.pg_depend AS d
                            WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e') THEN NULL
                        WHEN f.prosrc ~* '\mnotify\M' THEN 'no rollback takes it back: NOTIFY'
                        WHEN f.provolatile = 'v' THEN 'volatile'
                        WHEN f.prosrc ~* '\mexecute\M' THEN 'composes what it runs'
                    END AS why
                FROM called
                JOIN pg_catalog.pg_proc AS f ON f.oid = called.oid
                JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
            ),
            packet (name) AS (
                SELECT pg_catalog.unnest(pg_catalog.string_to_array(
                    'oneroof_axis oneroof_axis_value oneroof_axis_binding oneroof_containment_node oneroof_containment_edge oneroof_topic '
                    || 'oneroof_topic_label_rule oneroof_topic_assignment oneroof_scan_rule oneroof_scan_run oneroof_scan_finding '
                    || 'v_oneroof_axis v_oneroof_axis_value v_oneroof_axis_binding v_oneroof_axis_matrix v_oneroof_axis_unbound_value '
                    || 'v_oneroof_axis_conflict v_oneroof_axis_coverage v_oneroof_ownership_direct v_oneroof_ownership_inherited '
                    || 'v_oneroof_ownership_effective v_oneroof_ownership_coverage v_oneroof_ownership_provenance v_oneroof_containment_tree '
                    || 'v_oneroof_containment_path v_oneroof_containment_depth v_oneroof_containment_gap v_oneroof_containment_cycle '
                    || 'v_oneroof_containment_multi_parent v_oneroof_topic_assignment v_oneroof_topic_projection v_oneroof_topic_divergent '
                    || 'v_oneroof_topic_projection_pending v_oneroof_topic_coverage v_oneroof_topic_sparse v_oneroof_label_rule_alignment '
                    || 'v_oneroof_scan_candidate_finding v_oneroof_scan_finding_open v_oneroof_scan_emittable v_oneroof_scan_run_latest '
                    || 'v_oneroof_scan_rule_summary v_oneroof_roof_status fn_oneroof_scan', ' '))
            ),
            -- Anything of that name is in the way: a relation of any kind, a type of its own, a function of any signature. An index
            -- of another's table, or another relation, may hold the name that an index of ours needs.
            inway (name, what) AS MATERIALIZED (
                SELECT c.relname::text,
                    CASE c.relkind
                        WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                        WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'index'
                    END
                FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                WHERE c.relname::text IN (SELECT packet.name FROM packet)
                    OR (c.relkind NOT IN ('i', 'I') AND c.relname ~ '^oneroof_.*_(pkey|key|idx)$')
                    OR (c.relkind IN ('i', 'I') AND c.relname ~ '^oneroof_' AND NOT EXISTS (
                        SELECT FROM pg_catalog.pg_index AS i
                        JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid AND t.relnamespace = c.relnamespace
                        WHERE i.indexrelid = c.oid AND t.relname::text IN (SELECT packet.name FROM packet)))
                UNION ALL
                SELECT t.typname::text, 'type'
                FROM pg_catalog.pg_type AS t
                JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace AND n.nspname = 'public'
                WHERE t.typrelid = 0 AND t.typname::text IN (SELECT packet.name FROM packet)
                UNION ALL
                SELECT f.proname::text, 'function (' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')'
                FROM pg_catalog.pg_proc AS f
                JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace AND n.nspname = 'public'
                WHERE f.proname::text IN (SELECT packet.name FROM packet)
            )
            -- The server and the session.
            VALUES
                ('database', 'error',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN 'directus'
                        WHEN pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN pg_catalog.current_database()::text
                        ELSE 'directus_gov_test_YYYYMMDD'
                    END,
                    $q$SELECT pg_catalog.current_database()::text$q$,
                    'Connect to the database directus; only a clone named directus_gov_test_YYYYMMDD may stand in for it, in clone mode.'),
                ('server.version', 'error', '13 to 18',
                    $q$SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::int / 10000 BETWEEN 13 AND 18 THEN '13 to 18'
                        ELSE pg_catalog.current_setting('server_version') END$q$,
                    'The release was proven on PostgreSQL 13 to 18. Whoever runs the server names another major only after a proof there.'),
                ('server.writable', 'error', 'yes',
                    $q$SELECT CASE
                        WHEN pg_catalog.pg_is_in_recovery() THEN 'no: a standby in recovery'
                        WHEN s.reset_val = 'on' THEN 'no: default_transaction_read_only is on for this role or database'
                        ELSE 'yes'
                    END FROM pg_catalog.pg_settings AS s WHERE s.name = 'default_transaction_read_only'$q$,
                    'Connect to the primary; whoever runs the server takes default_transaction_read_only back (ALTER ROLE or ALTER DATABASE ... RESET).'),
                ('server.encoding', 'error', 'UTF8',
                    $q$SELECT pg_catalog.getdatabaseencoding()::text$q$,
                    'The release is written for a UTF8 database; another encoding needs a new database and a restore by its owner.'),
                -- Read as set for the role and the database: this transaction has pinned its own already. An error where the
                -- setting changes what SQL means and no plain role could pin it.
                ('server.settings',
                    CASE
                        WHEN pg_catalog.current_setting('session_replication_role') <> 'origin' THEN 'error'
                        WHEN pg_catalog.current_setting('transform_null_equals') = 'on' THEN 'error'
                        WHEN pg_catalog.current_setting('quote_all_identifiers') = 'on' THEN 'error'
                        ELSE 'warning'
                    END,
                    'as shipped',
                    $q$SELECT coalesce(pg_catalog.string_agg(odd.setting, ', ' ORDER BY odd.setting), 'as shipped')
                    FROM (
                        SELECT s.name || '=' || pg_catalog.current_setting(s.name) AS setting
                        FROM (VALUES ('session_replication_role', 'origin'), ('transform_null_equals', 'off'), ('quote_all_identifiers', 'off')) AS s (name, due)
                        WHERE pg_catalog.current_setting(s.name) <> s.due
                        UNION
                        SELECT line.setting || CASE WHEN r.setrole = 0 THEN ' (database)' WHEN r.setdatabase = 0 THEN ' (role)' ELSE ' (role in database)' END
                        FROM pg_catalog.pg_db_role_setting AS r
                        CROSS JOIN LATERAL pg_catalog.unnest(r.setconfig) AS line (setting)
                        WHERE r.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
                            AND r.setrole IN (0, (SELECT u.oid FROM pg_catalog.pg_roles AS u WHERE u.rolname = SESSION_USER))
                            AND pg_catalog.lower(pg_catalog.split_part(line.setting, '=', 1)) IN (
                                'search_path', 'row_security', 'lock_timeout', 'statement_timeout', 'transaction_timeout',
                                'idle_in_transaction_session_timeout', 'client_connection_check_interval', 'synchronous_commit',
                                'standard_conforming_strings', 'check_function_bodies', 'default_tablespace', 'default_table_access_method',
                                'default_transaction_isolation', 'default_transaction_deferrable', 'default_transaction_read_only',
                                'datestyle', 'intervalstyle', 'timezone', 'bytea_output', 'extra_float_digits', 'client_min_messages',
                                'plan_cache_mode', 'jit', 'session_replication_role', 'transform_null_equals', 'quote_all_identifiers')
                    ) AS odd$q$,
                    'The release pins its own settings, so these are only told; session_replication_role, transform_null_equals and quote_all_identifiers must be reset by whoever set them.'),
                ('backup', 'warning', 'named',
                    $q$SELECT CASE WHEN nullif(pg_catalog.btrim(pg_catalog.current_setting('oneroof.backup_ref', true)), '') IS NULL THEN 'not named' ELSE 'named' END$q$,
                    'Name the restore point that you would go back to, with --backup-ref; it is kept in the evidence.'),
                ('event_triggers', 'error', 'none',
                    $q$SELECT coalesce(pg_catalog.string_agg(e.evtname || ' (' || e.evtevent || ')', ', ' ORDER BY e.evtname), 'none')
                    FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D'$q$,
                    'An event trigger runs with every DDL of tier 1. A superuser disables it for the release (ALTER EVENT TRIGGER ... DISABLE) or the release waits.'),
                ('shadow', 'error', 'none',
                    $q$SELECT coalesce(pg_catalog.string_agg(c.relname, ', ' ORDER BY c.relname), 'none')
                    FROM pg_catalog.pg_class AS c
                    WHERE c.relnamespace = pg_catalog.pg_my_temp_schema()
                        AND (c.relname ~ '^(os_proposal_approvals|governance_|event_|system_issues|evolution_snapshots|candidate_scan_|v_governance_|oneroof_|v_oneroof_)'
                            OR EXISTS (SELECT FROM pg_catalog.pg_class AS real WHERE real.relnamespace = 'pg_catalog'::regnamespace AND real.relname = c.relname))$q$,
                    'A temporary object of this session bears a name that the release uses. Connect anew.')
            UNION ALL
            SELECT 'idle_in_transaction',
                CASE WHEN EXISTS (SELECT FROM holders WHERE holders.severity = 'error') THEN 'error' ELSE 'warning' END,
                '0',
                pg_catalog.format('SELECT %L', (
                    SELECT CASE WHEN pg_catalog.count(*) = 0 THEN '0' ELSE pg_catalog.count(*)::text || ': ' || pg_catalog.string_agg(told.line, '; ' ORDER BY told.line) END
                    FROM (
                        SELECT pg_catalog.format('%s%s, %s on %s',
                            CASE WHEN holders.pid IS NULL THEN 'prepared transaction ' || coalesce(pg_catalog.quote_ident(holders.gid), '(hidden)') ELSE 'pid ' || holders.pid END,
                            CASE
                                WHEN holders.pid IS NULL THEN ''
                                ELSE ' (' || coalesce(holders.usename || ', ', '') || coalesce(holders.state, 'its state is hidden from this role') || ')'
                            END,
                            pg_catalog.string_agg(DISTINCT holders.mode, ' and '), pg_catalog.string_agg(DISTINCT holders.relation, ', '))
                        FROM holders
                        WHERE holders.severity IS NOT NULL
                        GROUP BY holders.pid, holders.gid, holders.usename, holders.state
                    ) AS told (line))),
                'These sessions hold locks on tables that a tier locks. Whoever runs them ends their transactions first; pg_read_all_stats shows the state of others'' sessions.'
            UNION ALL
            -- The human gate.
            VALUES
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
                ('gate.shape', 'error', 'table',
                    $q$SELECT coalesce((
                        SELECT CASE
                            WHEN c.relkind NOT IN ('r', 'p') THEN CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'kind ' || c.relkind::text END
                            WHEN c.relpersistence <> 'p' THEN 'unlogged table'
                            WHEN EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid) THEN 'table with rules'
                            WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid) THEN 'table that others inherit'
                            ELSE 'table'
                        END
                        FROM pg_catalog.pg_class AS c
                        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                        WHERE c.relname = 'os_proposal_approvals'), 'missing')$q$,
                    'Approvals count only as rows of the real table public.os_proposal_approvals. Its owner puts it back.'),
                ('gate.independence', 'warning', 'read only',
                    $q$SELECT CASE WHEN pg_catalog.cardinality(may.write) = 0 THEN 'read only' ELSE 'may ' || pg_catalog.array_to_string(may.write, ', ') END
                    FROM (
                        SELECT pg_catalog.array_remove(ARRAY[
                            CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
                            CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
                            CASE WHEN pg_catalog.has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END,
                            CASE WHEN pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') THEN 'TRUNCATE' END], NULL) AS write
                        FROM pg_catalog.pg_class AS c
                        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                        WHERE c.relname = 'os_proposal_approvals'
                    ) AS may$q$,
                    'The role that releases could sign for itself. The approvals'' owner takes the right away, or people watch: the release never writes there.'),
                ('gate.window', 'warning', 'locked',
                    $q$SELECT CASE WHEN pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') THEN 'locked'
                        WHEN pg_catalog.current_setting('server_version_num')::int >= 170000 THEN
                            CASE WHEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN') THEN 'locked' ELSE 're-checked last, the window is open' END
                        ELSE 're-checked last, the window is open' END
                    FROM pg_catalog.pg_class AS c
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                    WHERE c.relname = 'os_proposal_approvals'$q$,
                    'Without the right to lock the approvals in SHARE mode the gate could close between the last check and COMMIT. Their owner grants it; see grants/least_privilege.sql.'),
                ('seam.window', 'warning', 'locked',
                    $q$SELECT CASE WHEN pg_catalog.bool_and(
                            pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
                            OR CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 170000
                                THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN') ELSE false END)
                        THEN 'locked' ELSE 're-checked last, the window is open' END
                    FROM pg_catalog.pg_class AS c
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                    WHERE c.relname IN ('v_governance_object_inventory', 'v_governance_scope')$q$,
                    'Without the right to lock inventory and scopes in SHARE mode they could change while a tier runs. Their owner grants it; see grants/least_privilege.sql.'),
                ('gate.quorum', 'warning', 'L2 and L4',
                    $q$SELECT coalesce((
                        SELECT CASE WHEN signed.levels @> ARRAY['L2', 'L4'] THEN 'L2 and L4' ELSE 'only ' || pg_catalog.array_to_string(signed.levels, ', ') || ' for ' || signed.code END
                        FROM (
                            SELECT ospa.proposal_code::text AS code,
                                pg_catalog.array_agg(DISTINCT coalesce(nullif(pg_catalog.btrim(ospa.approval_level::text), ''), 'no level')) AS levels
                            FROM public.os_proposal_approvals AS ospa
                            WHERE ospa.approved_by::text ~ '[^[:space:]]' AND ospa.signature_ref::text ~ '[^[:space:]]'
                                AND ospa.approved_at <= pg_catalog.clock_timestamp()
                                AND ospa.proposal_code::text = coalesce(nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), ''), ospa.proposal_code::text)
                            GROUP BY 1
                        ) AS signed
                        ORDER BY signed.levels @> ARRAY['L2', 'L4'] DESC, signed.code LIMIT 1), 'no signature')$q$,
                    'A ratification has the L2 quorum and the L4 President. People complete it; the release only tells.')
            UNION ALL
            -- Before any view is read: what reading it, and writing the seed, would set off. What cannot be undone is refused; what
            -- can only be judged when it runs is told, and judged by the executor before each COMMIT.
            SELECT told.place || '.effects',
                CASE WHEN EXISTS (SELECT FROM effects WHERE effects.place = told.place AND effects.why LIKE 'no rollback%') THEN 'error' ELSE 'warning' END,
                'none foreseen',
                pg_catalog.format('SELECT %L', coalesce((
                    SELECT pg_catalog.string_agg(found.line, '; ' ORDER BY found.line)
                    FROM (
                        SELECT effects.function || ' (' || effects.why || ') of ' || pg_catalog.string_agg(DISTINCT effects.object, ', ') AS line
                        FROM effects
                        WHERE effects.place = told.place AND effects.why IS NOT NULL
                        GROUP BY effects.function, effects.why
                    ) AS found), 'none foreseen')),
                told.hint
            FROM (
                VALUES
                    ('seam', 'Every tier reads the seam views, and with them runs these functions. Whoever owns the views takes out what no rollback takes back; what a volatile function writes is judged before each COMMIT.'),
                    ('ownership', 'Every row of the seed runs these functions. The owner of public.governance_object_ownership takes out what no rollback takes back; what a volatile function writes is judged before each COMMIT.')
            ) AS told (place, hint)
            UNION ALL
            -- The seam: each object by kind (a view is read once), each column by category of type.
            (SELECT 'seam.' || found.object, 'error', found.kind,
                CASE
                    WHEN found.kind = 'view' AND found.relkind = 'v'
                        -- The whole row is counted, so that every column is computed.
                        THEN pg_catalog.format('SELECT %L || pg_catalog.left(pg_catalog.count(seam)::text, 0) FROM public.%I AS seam', 'view', found.object)
                    ELSE pg_catalog.format('SELECT %L', CASE found.relkind
                        WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                        WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' WHEN 'i' THEN 'index' ELSE 'missing' END)
                END,
                pg_catalog.format('The application side provides public.%s as the contract says, readable with search_path pg_catalog.', found.object)
            FROM found
            ORDER BY found.place)
            UNION ALL
            (SELECT 'seam.' || found.object || '.' || wanted.column_name, 'error', wanted.category,
                pg_catalog.format('SELECT %L', CASE
                    WHEN a.attname IS NULL THEN 'missing'
                    WHEN wanted.category = 'any' THEN 'any'
                    WHEN wanted.category = 'string' AND t.typcategory = 'S' AND t.oid <> 'pg_catalog."char"'::regtype THEN 'string'
                    WHEN wanted.category = 'number' AND base.name IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') THEN 'number'
                    WHEN wanted.category = 'timestamp' AND base.name IN ('timestamp', 'timestamptz') THEN 'timestamp'
                    WHEN wanted.category = 'json' AND base.name IN ('json', 'jsonb') THEN 'json'
                    WHEN wanted.category = 'boolean' AND base.name = 'bool' THEN 'boolean'
                    WHEN wanted.category = 'uuid' AND base.name = 'uuid' THEN 'uuid'
                    ELSE pg_catalog.format_type(a.atttypid, a.atttypmod)
                END),
                pg_catalog.format('The application side provides the column %s of public.%s as a %s.', wanted.column_name, found.object, wanted.category)
            FROM found
            CROSS JOIN LATERAL (
                SELECT pg_catalog.split_part(pair, ':', 1), pg_catalog.split_part(pair, ':', 2), pair_place
                FROM pg_catalog.unnest(pg_catalog.string_to_array(nullif(found.columns, ''), ' ')) WITH ORDINALITY AS listed (pair, pair_place)
            ) AS wanted (column_name, category, place)
            LEFT JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = found.oid AND a.attname = wanted.column_name::name AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
            LEFT JOIN LATERAL (
                SELECT b.typname FROM pg_catalog.pg_type AS b
                WHERE b.oid = coalesce(nullif(t.typbasetype, 0), t.oid) AND b.typnamespace = 'pg_catalog'::regnamespace
            ) AS base (name) ON true
            ORDER BY found.place, wanted.place)
            UNION ALL
            -- The keys that rows are found or made by.
            (SELECT 'key.' || found.object, 'error', wanted.key,
                pg_catalog.format('SELECT %L', CASE
                    WHEN found.oid IS NULL THEN 'missing'
                    WHEN EXISTS (
                        SELECT FROM pg_catalog.pg_index AS i
                        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                        WHERE i.indrelid = found.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
                            AND i.indnkeyatts = 1 AND i.indpred IS NULL
                            AND CASE wanted.key
                                WHEN 'uuid with a default' THEN a.atttypid = 'pg_catalog.uuid'::regtype AND a.atthasdef AND a.attgenerated = ''
                                ELSE a.attname = wanted.key
                            END
                    ) THEN wanted.key
                    ELSE 'no such key'
                END),
                pg_catalog.format('The owner of public.%s gives it the unique key that the contract names.', found.object)
            FROM found
            JOIN (
                VALUES
                    ('governance_object_ownership', 'uuid with a default'),
                    ('candidate_scan_run', 'uuid with a default'),
                    ('candidate_scan_state', 'class_code'),
                    ('candidate_scan_object', 'object_code'),
                    ('candidate_scan_cursor', 'cursor_name')
            ) AS wanted (object, key) ON wanted.object = found.object
            ORDER BY found.place)
            UNION ALL
            -- Privileges, and what could hide rows.
            SELECT 'privilege.schema.public', 'error', 'CREATE, USAGE',
                $q$SELECT pg_catalog.concat_ws(', ',
                    CASE WHEN pg_catalog.has_schema_privilege(n.oid, 'CREATE') THEN 'CREATE' END,
                    CASE WHEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE' END)
                FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public'$q$,
                'The database''s owner grants them: GRANT CREATE, USAGE ON SCHEMA public TO the role that releases.'
            UNION ALL
            (SELECT 'privilege.' || found.object, 'error', pg_catalog.replace(found.needed, ' ', ', '),
                pg_catalog.format('SELECT %L', CASE
                    WHEN found.oid IS NULL THEN 'missing'
                    ELSE (
                        SELECT coalesce(pg_catalog.string_agg(need.word, ', ' ORDER BY need.place), 'none')
                        FROM pg_catalog.unnest(pg_catalog.string_to_array(found.needed, ' ')) WITH ORDINALITY AS need (word, place)
                        WHERE pg_catalog.has_table_privilege(found.oid, need.word)
                    )
                END),
                pg_catalog.format('The owner grants it: GRANT %s ON public.%s TO the role that releases; see grants/least_privilege.sql.',
                    pg_catalog.replace(found.needed, ' ', ', '), found.object)
            FROM found
            ORDER BY found.place)
            UNION ALL
            SELECT 'privilege.defaults', 'error', 'own rights kept',
                $q$SELECT CASE WHEN EXISTS (
                    SELECT FROM pg_catalog.pg_default_acl AS d
                    WHERE d.defaclrole = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
                        AND d.defaclnamespace = 0 AND d.defaclobjtype IN ('r', 'f')
                        AND EXISTS (
                            SELECT FROM pg_catalog.unnest(CASE d.defaclobjtype WHEN 'f' THEN ARRAY['EXECUTE'] ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END) AS need (word)
                            WHERE NOT EXISTS (
                                SELECT FROM pg_catalog.aclexplode(d.defaclacl) AS g WHERE g.grantee = d.defaclrole AND g.privilege_type = need.word))
                ) THEN 'own rights on new objects are taken away by default' ELSE 'own rights kept' END$q$,
                'ALTER DEFAULT PRIVILEGES took from the role what it needs on the objects that tier 1 makes. The role itself grants it back.'
            UNION ALL
            SELECT 'privilege.types', 'error', 'USAGE',
                $q$SELECT coalesce('no USAGE of ' || pg_catalog.string_agg(t.typname, ', ' ORDER BY t.typname), 'USAGE')
                FROM pg_catalog.pg_type AS t
                WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
                    AND t.typname IN ('bool', 'int4', 'int8', 'jsonb', 'numeric', 'text', 'timestamptz', 'uuid')
                    AND NOT pg_catalog.has_type_privilege(t.oid, 'USAGE')$q$,
                'The packet''s columns use these types. A superuser grants USAGE ON TYPE to the role that releases.'
            UNION ALL
            SELECT 'privilege.functions', 'error', 'EXECUTE',
                $q$SELECT coalesce('no EXECUTE of ' || pg_catalog.string_agg(DISTINCT f.proname::text, ', '), 'EXECUTE')
                FROM pg_catalog.pg_proc AS f
                WHERE f.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND f.proacl IS NOT NULL
                    -- What the steps to come call of the server; a test holds the list against them.
                    AND f.proname::text = ANY (pg_catalog.string_to_array(
                        'acldefault aclexplode age array_agg array_append array_to_string bool_and bool_or btrim cardinality '
                        || 'clock_timestamp col_description concat concat_ws convert_to count current_database current_setting encode '
                        || 'format format_type has_database_privilege has_function_privilege has_schema_privilege has_sequence_privilege '
                        || 'has_table_privilege host inet_server_addr inet_server_port jsonb_agg jsonb_array_elements '
                        || 'jsonb_array_elements_text jsonb_build_array jsonb_build_object jsonb_each_text jsonb_object_agg '
                        || 'jsonb_to_recordset left length lower max min now num_nonnulls obj_description oidvectortypes pg_backend_pid '
                        || 'pg_control_checkpoint pg_control_system pg_current_wal_insert_lsn pg_current_xact_id '
                        || 'pg_current_xact_id_if_assigned pg_database_size pg_encoding_to_char pg_get_constraintdef pg_get_expr '
                        || 'pg_get_function_identity_arguments pg_get_functiondef pg_get_indexdef pg_get_partkeydef pg_get_ruledef '
                        || 'pg_get_statisticsobjdef pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object '
                        || 'pg_is_in_recovery pg_postmaster_start_time pg_stat_get_activity pg_stat_get_bgwriter_stat_reset_time '
                        || 'pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_updated '
                        || 'pg_table_size pg_try_advisory_lock pg_walfile_name pg_xact_status quote_ident regexp_replace '
                        || 'regexp_split_to_table replace round row_number set_config sha256 shobj_description split_part string_agg '
                        || 'string_to_array strpos substr sum to_char to_jsonb to_regclass to_regprocedure trim_scale unnest upper', ' '))
                    AND NOT pg_catalog.has_function_privilege(f.oid, 'EXECUTE')$q$,
                'The release calls these functions of the server, which everybody may unless somebody took it away. A superuser grants EXECUTE to the role that releases.'
            UNION ALL
            SELECT 'privilege.analyze', 'warning', 'may ANALYZE',
                pg_catalog.format('SELECT %L', (
                    SELECT CASE
                        WHEN pg_catalog.pg_has_role(found.relowner, 'USAGE')
                            OR pg_catalog.pg_has_role((SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()), 'USAGE')
                            THEN 'may ANALYZE'
                        WHEN pg_catalog.current_setting('server_version_num')::int >= 170000 THEN
                            CASE WHEN pg_catalog.has_table_privilege(found.oid, 'MAINTAIN') THEN 'may ANALYZE' ELSE 'may not: neither owner nor MAINTAIN' END
                        ELSE 'may not: not the owner'
                    END
                    FROM found WHERE found.object = 'governance_object_ownership' AND found.oid IS NOT NULL)),
                'Without it the server passes over ANALYZE of public.governance_object_ownership: nothing fails, plans may be worse until autovacuum comes.'
            UNION ALL
            (SELECT 'row_security.' || found.object, 'error', 'off',
                pg_catalog.format('SELECT %L', coalesce(
                    (SELECT pg_catalog.string_agg(hidden.policy, ', ') FROM hidden WHERE hidden.object = found.object),
                    CASE WHEN found.oid IS NULL THEN 'missing' ELSE 'off' END)),
                pg_catalog.format('Policies could hide rows of public.%s from a count. Their table''s owner disables row security for the release, or the release does not run.', found.object)
            FROM found
            ORDER BY found.place)
            UNION ALL
            -- The table that tier 3 seeds: whatever would refuse 30 rows, or write elsewhere because of them.
            VALUES
                ('ownership_triggers', 'error', '0',
                    $q$
                        SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_trigger AS found
                        WHERE found.tgrelid = 'public.governance_object_ownership'::pg_catalog.regclass AND NOT found.tgisinternal
                    $q$,
                    'A trigger stands on governance_object_ownership; the seed must not set anything off. Its owner removes it.'),
                ('ownership.rules', 'error', 'none',
                    $q$SELECT coalesce(pg_catalog.string_agg(w.rulename, ', ' ORDER BY w.rulename), 'none') FROM pg_catalog.pg_rewrite AS w
                    JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class AND c.relname = 'governance_object_ownership' AND c.relkind <> 'v'
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'$q$,
                    'A rule rewrites what the seed writes. Whoever made it drops it.'),
                ('ownership.shape', 'error', 'ordinary table',
                    $q$SELECT coalesce((
                        SELECT CASE
                            WHEN c.relkind = 'p' THEN 'partitioned table'
                            WHEN c.relkind <> 'r' THEN 'kind ' || c.relkind::text
                            WHEN c.relispartition THEN 'partition'
                            WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE c.oid IN (h.inhparent, h.inhrelid)) THEN 'part of an inheritance tree'
                            WHEN c.relpersistence <> 'p' THEN 'unlogged table'
                            ELSE 'ordinary table'
                        END
                        FROM pg_catalog.pg_class AS c
                        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                        WHERE c.relname = 'governance_object_ownership'), 'missing')$q$,
                    'The seed''s rows must land in public.governance_object_ownership itself. Its owner changes it back, or the release is reviewed again.'),
                ('ownership.replica', 'error', 'rows can be deleted',
                    $q$
                        WITH identity AS (
                            -- The columns that tell a row apart for those who subscribe; none with NOTHING, all with FULL.
                            SELECT c.oid, c.relreplident = 'f' AS whole, a.attname::text AS column_name, a.attnum
                            FROM pg_catalog.pg_class AS c
                            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
                            LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisvalid
                                AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END
                            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
                            WHERE c.relname = 'governance_object_ownership'
                        ), published AS (
                            -- A row filter or a list of columns stands in pg_publication_rel, from 15 on.
                            SELECT p.pubname::text AS pubname, pg_catalog.to_jsonb(r) AS told
                            FROM pg_catalog.pg_publication_tables AS t
                            JOIN pg_catalog.pg_publication AS p ON p.pubname = t.pubname AND p.pubdelete
                            LEFT JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid AND r.prrelid = (SELECT identity.oid FROM identity LIMIT 1)
                            WHERE t.schemaname = 'public' AND t.tablename = 'governance_object_ownership'
                        ), objection AS (
                            SELECT 1 AS place, 'published without a replica identity' AS words
                            FROM published
                            WHERE NOT EXISTS (SELECT FROM identity WHERE identity.whole OR identity.attnum IS NOT NULL)
                            UNION ALL
                            SELECT 2, pg_catalog.format('the row filter of %s reads what is no replica identity', published.pubname)
                            FROM published
                            CROSS JOIN LATERAL pg_catalog.regexp_matches(published.told ->> 'prqual', ':varattno ([0-9]+)', 'g') AS read (attnum)
                            WHERE NOT EXISTS (SELECT FROM identity WHERE identity.whole OR identity.attnum = read.attnum[1]::int)
                            UNION ALL
                            SELECT 3, pg_catalog.format('%s publishes columns without the replica identity', published.pubname)
                            FROM published
                            JOIN identity ON identity.whole
                                OR identity.attnum::text NOT IN (SELECT pg_catalog.jsonb_array_elements_text(nullif(published.told -> 'prattrs', 'null')))
                            WHERE nullif(published.told -> 'prattrs', 'null') IS NOT NULL
                        )
                        SELECT coalesce((SELECT objection.words FROM objection ORDER BY objection.place, objection.words LIMIT 1), 'rows can be deleted')
                    $q$,
                    'A rollback could not delete the seed. The owner of public.governance_object_ownership sets its replica identity, or whoever publishes it stops publishing deletes.'),
                ('ownership.on_delete', 'error', 'nothing',
                    $q$
                        SELECT coalesce(pg_catalog.string_agg(found.words, ', ' ORDER BY found.words), 'nothing')
                        FROM (
                            SELECT 'trigger ' || t.tgname AS words
                            FROM pg_catalog.pg_trigger AS t
                            WHERE t.tgrelid = pg_catalog.to_regclass('public.governance_object_ownership')
                                AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype::int & 8 <> 0
                            UNION ALL
                            SELECT 'rule ' || w.rulename
                            FROM pg_catalog.pg_rewrite AS w
                            WHERE w.ev_class = pg_catalog.to_regclass('public.governance_object_ownership')
                                AND w.ev_type = '4' AND w.ev_enabled IN ('O', 'A')
                            UNION ALL
                            -- A foreign key that only refuses, sets nothing off.
                            SELECT pg_catalog.format('foreign key %s of %s', k.conname, k.conrelid::pg_catalog.regclass)
                            FROM pg_catalog.pg_constraint AS k
                            WHERE k.confrelid = pg_catalog.to_regclass('public.governance_object_ownership')
                                AND k.contype = 'f' AND k.confdeltype NOT IN ('a', 'r')
                        ) AS found (words)
                    $q$,
                    'A rollback deletes the seed, and must not set anything off by it. Whoever made what is named takes it away, or disables it.')
            UNION ALL
            SELECT 'ownership.columns', 'error', 'none in the way',
                pg_catalog.format('SELECT %L', CASE WHEN EXISTS (SELECT FROM own) THEN coalesce((
                    SELECT pg_catalog.string_agg(held.attname || ' (' || held.why || ')', ', ' ORDER BY held.attnum)
                    FROM (
                        SELECT held.attname, held.attnum, CASE
                            WHEN held.value IS NOT NULL AND (held.attgenerated <> '' OR held.attidentity = 'a') THEN 'the server computes it itself'
                            WHEN held.value IS NOT NULL OR held.attgenerated <> '' THEN NULL
                            WHEN held.attidentity <> '' THEN 'identity: draws from a sequence'
                            WHEN held.draws THEN 'its default draws from a sequence'
                            WHEN held.expression IS NOT NULL THEN NULL
                            WHEN held.attnotnull THEN 'NOT NULL without default'
                            WHEN held.typnotnull AND held.typdefault IS NULL THEN 'its domain refuses NULL'
                        END AS why
                        FROM held
                    ) AS held
                    WHERE held.why IS NOT NULL), 'none in the way') ELSE 'missing' END),
                'The seed fills the contract''s columns only, and no sequence that exists may advance. The owner of public.governance_object_ownership gives these columns a plain default or drops NOT NULL.'
            UNION ALL
            SELECT 'ownership.widths', 'error', 'wide enough',
                pg_catalog.format('SELECT %L', CASE WHEN EXISTS (SELECT FROM own) THEN coalesce((
                    SELECT pg_catalog.string_agg(pg_catalog.format('%s holds %s characters, needs %s', held.attname, held.room, held.width), ', ' ORDER BY held.attnum)
                    FROM held WHERE held.room < held.width), 'wide enough') ELSE 'missing' END),
                'The owner of public.governance_object_ownership widens the column.'
            UNION ALL
            SELECT 'ownership.constraints', 'error', 'none refuses',
                CASE
                    WHEN NOT EXISTS (SELECT FROM own) THEN $q$SELECT 'missing'$q$
                    ELSE (SELECT rehearsed.seed FROM rehearsed)
                        || 'SELECT coalesce(nullif(pg_catalog.array_to_string(ARRAY['
                        || coalesce((SELECT pg_catalog.string_agg(refusal.term, ', ' ORDER BY refusal.place, refusal.term) FROM refusal), '')
                        || $q$]::text[], ', '), ''), CASE WHEN pg_catalog.count(seed) = 30 THEN 'none refuses' END) FROM seed$q$
                END,
                'The 30 rows of the seed were held against this table''s own constraints, and these refuse some. The owner of public.governance_object_ownership mends the constraint, or supplies the rows that a foreign key asks for.'
            UNION ALL
            -- The baseline's figures and the reference sets.
            VALUES
                ('inventory', 'error', '35',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_object_inventory$q$,
                    'The release was reviewed for 35 governed objects; with others it must be reviewed again.'),
                ('scopes', 'error', '6',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_scope$q$,
                    'The release was reviewed for 6 scopes; with others it must be reviewed again.'),
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
                ('reference.ruleset.version', 'error', 'an integer',
                    $q$SELECT CASE
                        WHEN highest.version::numeric % 1 = 0 AND highest.version::numeric BETWEEN 0 AND 2147483647 THEN 'an integer'
                        ELSE highest.version::text
                    END
                    FROM (SELECT pg_catalog.max(r.version) FROM public.governance_ruleset AS r WHERE r.ruleset_code::text = 'RULESET-GOV-1') AS highest (version)$q$,
                    'The scan keeps the version of its ruleset as an integer. Whoever governs the rulesets numbers it so.'),
                ('reference.snapshot.key', 'error', 'usable',
                    $q$SELECT CASE
                        WHEN s.id IS NULL THEN 'no id'
                        WHEN pg_catalog.octet_length(s.snapshot_ref::text) > 2000 THEN 'snapshot_ref of ' || pg_catalog.octet_length(s.snapshot_ref::text) || ' bytes'
                        ELSE 'usable'
                    END
                    FROM public.evolution_snapshots AS s
                    ORDER BY s.taken_at DESC NULLS LAST, s.id DESC
                    LIMIT 1$q$,
                    'The scan is keyed by the newest snapshot: it needs its id, and a snapshot_ref of at most 2000 bytes. The application side takes another.')
            UNION ALL
            -- None of the 43 names may be taken.
            SELECT 'greenfield', 'error', '0', pg_catalog.format('SELECT %L', (SELECT pg_catalog.count(*) FROM inway)),
                'An earlier release stands, whole or in part. See oneroof status, then oneroof rollback --full, which removes what it wrote.'
            UNION ALL
            (SELECT 'greenfield.' || inway.name, 'error', 'absent', pg_catalog.format('SELECT %L', inway.what),
                'It bears a name that tier 1 needs. If an earlier release made it: oneroof rollback --full; if not, whoever made it renames or drops it.'
            FROM inway
            ORDER BY inway.name)
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
-- Nothing: preflight only asks.

-- oneroof:assert
-- oneroof:use checks
-- oneroof:check nothing_written
-- oneroof:used
