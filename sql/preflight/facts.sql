own AS MATERIALIZED (
    SELECT found.oid FROM found WHERE found.object = 'governance_object_ownership' AND found.relkind IN ('r', 'p')
),
-- The columns of ownership, the value that the seed puts into each, and the length of the longest such value.
held AS MATERIALIZED (
    SELECT a.attnum, a.attname, a.attnotnull, a.attidentity, a.attgenerated, seed.value, seed.width,
        t.typtype, t.typnotnull, t.typdefault,
        -- An insert of a long value fails, but a cast to varchar(3) cuts it silently. So cast without the limit, and compare with room.
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
-- The seed as a query over the actual columns of the table, including defaults and generated columns. With this
-- query the table's constraints can be tested on rows that do not exist yet.
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
    -- The server computes index expressions for every row, and they may fail on rows of the seed.
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
-- The types of ownership's columns, with their base types and element types. The server checks a domain's constraints on every value.
domained (attname, oid) AS (
    SELECT a.attname::text, a.atttypid
    FROM own JOIN pg_catalog.pg_attribute AS a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT domained.attname, coalesce(nullif(t.typbasetype, 0), t.typelem)
    FROM domained
    JOIN pg_catalog.pg_type AS t ON t.oid = domained.oid
    WHERE t.typbasetype <> 0 OR t.typelem <> 0
),
-- The expressions that the server computes when a row of the seed is written.
computed (object, tree) AS (
    SELECT k.conname::text, k.conbin::text
    FROM own JOIN pg_catalog.pg_constraint AS k ON k.conrelid = own.oid AND k.conbin IS NOT NULL
    UNION ALL
    SELECT held.attname::text, e.adbin::text
    FROM own
    JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = own.oid
    -- The check ownership.columns reports a default that draws from a sequence.
    JOIN held ON held.attnum = e.adnum AND NOT held.draws
    UNION ALL
    SELECT c.relname::text, pg_catalog.concat(i.indexprs::text, i.indpred::text)
    FROM own
    JOIN pg_catalog.pg_index AS i ON i.indrelid = own.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    UNION ALL
    SELECT pg_catalog.concat(domained.attname, ' (', k.conname, ')'), k.conbin::text
    FROM domained JOIN pg_catalog.pg_constraint AS k ON k.contypid = domained.oid AND k.conbin IS NOT NULL
    UNION ALL
    -- The ANALYZE after the seed computes the expressions of extended statistics. PostgreSQL 13 has none.
    SELECT x.stxname::text, pg_catalog.to_jsonb(x) ->> 'stxexprs'
    FROM own JOIN pg_catalog.pg_statistic_ext AS x ON x.stxrelid = own.oid
),
-- include: called
