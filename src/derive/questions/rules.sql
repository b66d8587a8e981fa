-- The rules that every row of a table must satisfy: NOT NULL, CHECK, unique keys and foreign keys. Each rule has a query that says how many
-- rows break it. The rows with the kind 'field' are the columns of every table; a rule lists the fields that it depends on. A rule is left
-- out if the server does not check existing rows for it. A rule that is not counted has a query that says why: it calls a function that
-- somebody wrote, because such a function may write, or it compares rows in another way than for equality. Rows with other kinds are rules about
-- the table itself and not about its rows. If one is broken, the server cannot make the key, the index, the column or the partition.
WITH own AS (
    SELECT c.oid, c.relkind, c.relispartition, n.nspname || '.' || c.relname AS name,
        CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || pg_catalog.format('%I.%I', n.nspname, c.relname) AS here
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
), field AS (
    SELECT own.oid, own.name AS relation, a.attnum, a.attname, a.attnotnull,
        pg_catalog.concat_ws(' ', own.oid, a.attnum, own.name, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
            pg_catalog.format('%s/%s', a.atttypid, a.atttypmod), a.attcollation) AS words
    FROM own
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
), written (catalog, oid) AS (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
), rule (relation, name, other, fields, words, rows) AS (
    SELECT field.relation, field.attname::text, field.relation, field.words, 'rows with NULL in ' || field.attname,
        pg_catalog.format('%s WHERE %I IS NULL', own.here, field.attname)
    FROM field
    JOIN own USING (oid)
    WHERE field.attnotnull AND NOT own.relispartition
    UNION ALL
    SELECT own.name, k.conname, own.name,
        (SELECT pg_catalog.string_agg(field.words, E'\n') FROM field WHERE field.oid = own.oid AND field.attnum = ANY (k.conkey)),
        CASE WHEN EXISTS (SELECT FROM written WHERE written.catalog = k.tableoid AND written.oid = k.oid)
            THEN 'it calls a function that somebody wrote' ELSE 'rows that do not satisfy ' || pg_catalog.pg_get_expr(k.conbin, k.conrelid) END,
        CASE WHEN NOT EXISTS (SELECT FROM written WHERE written.catalog = k.tableoid AND written.oid = k.oid)
            THEN pg_catalog.format('%s WHERE NOT (%s)', own.here, pg_catalog.pg_get_expr(k.conbin, k.conrelid)) END
    FROM pg_catalog.pg_constraint AS k
    JOIN own ON own.oid = k.conrelid
    WHERE k.contype = 'c' AND k.convalidated AND k.coninhcount = 0
    UNION ALL
    -- The constraints of a domain, for each column of that domain. pg_get_expr prints the value as VALUE.
    SELECT field.relation, field.attname || '.' || k.conname, field.relation, field.words,
        CASE WHEN EXISTS (SELECT FROM written WHERE written.catalog = k.tableoid AND written.oid = k.oid)
            THEN 'it calls a function that somebody wrote'
            ELSE pg_catalog.format('rows whose %s does not satisfy %s', field.attname, pg_catalog.pg_get_expr(k.conbin, 0)) END,
        CASE WHEN NOT EXISTS (SELECT FROM written WHERE written.catalog = k.tableoid AND written.oid = k.oid)
            THEN pg_catalog.format('(SELECT held.%I::%s AS value FROM %s AS held) AS held WHERE NOT (%s)', field.attname,
                pg_catalog.format_type(kind.typbasetype, kind.typtypmod), own.here, pg_catalog.pg_get_expr(k.conbin, 0)) END
    FROM field
    JOIN own USING (oid)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = field.oid AND a.attnum = field.attnum
    JOIN pg_catalog.pg_type AS kind ON kind.oid = a.atttypid
    JOIN pg_catalog.pg_constraint AS k ON k.contypid = kind.oid AND k.contype = 'c' AND k.convalidated
    WHERE NOT own.relispartition
    UNION ALL
    SELECT field.relation, field.attname || '.NOT NULL', field.relation, field.words, 'rows with NULL in ' || field.attname,
        pg_catalog.format('%s WHERE %I IS NULL', own.here, field.attname)
    FROM field
    JOIN own USING (oid)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = field.oid AND a.attnum = field.attnum
    JOIN pg_catalog.pg_type AS kind ON kind.oid = a.atttypid AND kind.typnotnull
    WHERE NOT own.relispartition
    UNION ALL
    SELECT own.name, k.conname, own.name,
        (
            SELECT pg_catalog.string_agg(field.words, E'\n')
            FROM field
            WHERE field.oid = own.oid AND (field.attnum = ANY (k.conkey) OR EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = k.conindid AND d.refobjid = own.oid
                    AND d.refobjsubid = field.attnum))
        ),
        'it compares each row with the others', NULL
    FROM pg_catalog.pg_constraint AS k
    JOIN own ON own.oid = k.conrelid
    WHERE k.contype = 'x' AND k.conparentid = 0
    UNION ALL
    SELECT own.name, class.relname, own.name,
        (
            SELECT pg_catalog.string_agg(field.words, E'\n')
            FROM field
            WHERE field.oid = own.oid AND (field.attnum = ANY (i.indkey::smallint[]) OR EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = class.tableoid AND d.objid = class.oid AND d.refobjid = own.oid AND d.refobjsubid = field.attnum))
        ),
        CASE WHEN odd.words IS NULL THEN pg_catalog.format('values of (%s) that occur more than once', part.words) ELSE odd.words END,
        CASE WHEN odd.words IS NULL THEN pg_catalog.format('(SELECT FROM %s WHERE (%s)%s GROUP BY %s HAVING pg_catalog.count(*) > 1) AS twice', own.here,
            coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), 'true'),
            CASE WHEN pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' = 'true' THEN '' ELSE part.filled END, part.grouped) END
    FROM pg_catalog.pg_index AS i
    JOIN own ON own.oid = i.indrelid
    JOIN pg_catalog.pg_class AS class ON class.oid = i.indexrelid AND NOT class.relispartition
    JOIN pg_catalog.pg_am AS method ON method.oid = class.relam AND method.amname = 'btree'
    CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(class.oid, place, false), ', ' ORDER BY place),
            pg_catalog.string_agg(pg_catalog.format(' AND (%s) IS NOT NULL', pg_catalog.pg_get_indexdef(class.oid, place, false)), '' ORDER BY place),
            pg_catalog.string_agg(pg_catalog.format('(%s)%s', pg_catalog.pg_get_indexdef(class.oid, place, false), ' COLLATE ' || (
                SELECT pg_catalog.format('%I.%I', n.nspname, coll.collname)
                FROM pg_catalog.pg_collation AS coll
                JOIN pg_catalog.pg_namespace AS n ON n.oid = coll.collnamespace
                WHERE coll.oid = i.indcollation[place - 1])), ', ' ORDER BY place)
        FROM pg_catalog.generate_series(1, i.indnkeyatts::integer) AS place
    ) AS part (words, filled, grouped)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN EXISTS (SELECT FROM written WHERE written.catalog = class.tableoid AND written.oid = class.oid)
                THEN 'it calls a function that somebody wrote'
            WHEN EXISTS (
                SELECT FROM pg_catalog.unnest(i.indclass::oid[]) AS used
                JOIN pg_catalog.pg_opclass AS known ON known.oid = used.used AND NOT known.opcdefault)
                THEN 'it has an operator class of its own'
        END
    ) AS odd (words)
    WHERE i.indisunique AND i.indisvalid AND NOT i.indisexclusion
    UNION ALL
    SELECT own.name, k.conname, target.name,
        (
            SELECT pg_catalog.string_agg(field.words, E'\n')
            FROM field
            WHERE field.oid = own.oid AND field.attnum = ANY (k.conkey) OR field.oid = target.oid AND field.attnum = ANY (k.confkey)
        ),
        pg_catalog.format('rows whose (%s) is not in %s', pair.words, target.name),
        pg_catalog.format('%s AS held WHERE %s AND NOT EXISTS (SELECT FROM %s AS other WHERE %s)', own.here,
            CASE k.confmatchtype WHEN 'f' THEN pair.partly ELSE pair.filled END, target.here, pair.equal)
    FROM pg_catalog.pg_constraint AS k
    JOIN own ON own.oid = k.conrelid
    JOIN own AS target ON target.oid = k.confrelid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(mine.attname, ', ' ORDER BY one.place),
            pg_catalog.string_agg(pg_catalog.format('held.%I IS NOT NULL', mine.attname), ' AND ' ORDER BY one.place),
            pg_catalog.format('(%s)', pg_catalog.string_agg(pg_catalog.format('held.%I IS NOT NULL', mine.attname), ' OR ' ORDER BY one.place)),
            pg_catalog.string_agg(pg_catalog.format('other.%I OPERATOR(%I.%s) held.%I', theirs.attname, n.nspname, same.oprname, mine.attname),
                ' AND ' ORDER BY one.place)
        FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY AS one (mine, theirs, same, place)
        JOIN field AS mine ON mine.oid = own.oid AND mine.attnum = one.mine
        JOIN field AS theirs ON theirs.oid = target.oid AND theirs.attnum = one.theirs
        JOIN pg_catalog.pg_operator AS same ON same.oid = one.same
        JOIN pg_catalog.pg_namespace AS n ON n.oid = same.oprnamespace
    ) AS pair (words, filled, partly, equal)
    WHERE k.contype = 'f' AND k.convalidated AND k.conparentid = 0 AND coalesce(pg_catalog.to_jsonb(k) ->> 'conperiod', '') <> 'true'
    UNION ALL
    -- A new partition. No row that it would hold may be in another partition, such as the default one.
    SELECT own.name, part.relname, own.name, key.fields, 'rows that belong into ' || part.relname,
        pg_catalog.format('%s WHERE %s', own.here, pg_catalog.pg_get_partition_constraintdef(part.oid))
    FROM pg_catalog.pg_inherits AS h
    JOIN own ON own.oid = h.inhparent
    JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = own.oid AND p.partstrat <> 'h' AND p.partdefid <> h.inhrelid
    JOIN pg_catalog.pg_class AS part ON part.oid = h.inhrelid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(field.words, E'\n') FROM field WHERE field.oid = own.oid AND field.attnum = ANY (p.partattrs::smallint[])
    ) AS key (fields)
), obstacle (kind, relation, name, fields, words, rows) AS (
    -- Another partition with the bounds of a new one, or one that overlaps it. Overlapping ranges are found for one number, date or time. The bounds
    -- are printed in the time zone of the session.
    SELECT 'bounds', own.name, part.relname || '.bounds', key.fields,
        CASE WHEN coalesce(ends.low, ends.list) IS NULL THEN 'partitions with the bounds of ' ELSE 'partitions that overlap ' END || part.relname,
        pg_catalog.format('(SELECT pg_catalog.set_config(''TimeZone'', ''UTC'', true) AS zone OFFSET 0) AS pinned '
            'CROSS JOIN pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid '
            'CROSS JOIN LATERAL (SELECT pg_catalog.concat(pinned.zone, '' '', pg_catalog.pg_get_expr(c.relpartbound, c.oid))) AS bound (words) ',
            own.oid::pg_catalog.regclass)
        || CASE WHEN ends.low IS NULL THEN ''
            ELSE 'CROSS JOIN LATERAL pg_catalog.regexp_match(bound.words, ''^UTC FOR VALUES FROM [(]''''?(.*?)''''?[)] TO [(]''''?(.*?)''''?[)]$'') AS ends (of) ' END
        || pg_catalog.format('WHERE h.inhparent = pg_catalog.to_regclass(%L) AND ', own.oid::pg_catalog.regclass)
        || CASE
            WHEN ends.list IS NOT NULL THEN pg_catalog.format('pg_catalog.string_to_array(pg_catalog.substring(bound.words, '
                '''^UTC FOR VALUES IN [(](.*)[)]$''), '', '') && pg_catalog.string_to_array(%L, '', '')', ends.list)
            WHEN ends.low IS NULL THEN pg_catalog.format('bound.words = %L', ends.words)
            ELSE pg_catalog.format('CASE WHEN ends.of[1] = ''MINVALUE'' OR %1$L = ''MAXVALUE'' THEN true ELSE ends.of[1]::%3$s < nullif(%1$L, ''MAXVALUE'')::%3$s END '
                'AND CASE WHEN ends.of[2] = ''MAXVALUE'' OR %2$L = ''MINVALUE'' THEN true ELSE ends.of[2]::%3$s > nullif(%2$L, ''MINVALUE'')::%3$s END',
                ends.high, ends.low, key.type) END
    FROM pg_catalog.pg_inherits AS h
    JOIN own ON own.oid = h.inhparent
    JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = own.oid
    JOIN pg_catalog.pg_class AS part ON part.oid = h.inhrelid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(field.words, E'\n'), pg_catalog.min(pg_catalog.format_type(a.atttypid, NULL)) FILTER (WHERE t.typcategory IN ('N', 'D'))
        FROM field
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = field.oid AND a.attnum = field.attnum
        JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
        WHERE field.oid = own.oid AND field.attnum = ANY (p.partattrs::smallint[])
    ) AS key (fields, type)
    CROSS JOIN LATERAL (SELECT 'UTC ' || pg_catalog.pg_get_expr(part.relpartbound, part.oid)) AS bound (words)
    CROSS JOIN LATERAL (
        SELECT bound.words, pg_catalog.substring(bound.words, '^UTC FOR VALUES IN [(](.*)[)]$'), range.ends[1], range.ends[2]
        FROM (
            SELECT pg_catalog.regexp_match(bound.words, '^UTC FOR VALUES FROM [(]''?(.*?)''?[)] TO [(]''?(.*?)''?[)]$')
            WHERE p.partstrat = 'r' AND p.partnatts = 1 AND key.type IS NOT NULL
        ) AS range (ends)
        UNION ALL
        SELECT bound.words, pg_catalog.substring(bound.words, '^UTC FOR VALUES IN [(](.*)[)]$'), NULL, NULL
        WHERE NOT (p.partstrat = 'r' AND p.partnatts = 1 AND key.type IS NOT NULL)
    ) AS ends (words, list, low, high)
    UNION ALL
    -- A table has one primary key. In a partitioned table each unique key has all columns of the partition key.
    SELECT one.kind, own.name, class.relname || '.' || one.kind, key.fields, one.words, one.rows
    FROM pg_catalog.pg_index AS i
    JOIN own ON own.oid = i.indrelid
    JOIN pg_catalog.pg_class AS class ON class.oid = i.indexrelid AND NOT class.relispartition
    CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(field.words, E'\n'), pg_catalog.array_agg(field.attname)
        FROM field
        WHERE field.oid = own.oid AND field.attnum = ANY (i.indkey::smallint[])
    ) AS key (fields, names)
    CROSS JOIN LATERAL (
        SELECT 'primary_key', 'primary keys',
            pg_catalog.format('pg_catalog.pg_constraint AS k WHERE k.contype = ''p'' AND k.conrelid = pg_catalog.to_regclass(%L)',
                own.oid::pg_catalog.regclass)
        WHERE i.indisprimary
        UNION ALL
        SELECT 'partition_key', 'partition keys with a column that is not in ' || class.relname,
            pg_catalog.format('pg_catalog.pg_partitioned_table AS p WHERE p.partrelid = pg_catalog.to_regclass(%L) '
                'AND NOT p.partattrs::smallint[] <@ (SELECT pg_catalog.array_agg(a.attnum) FROM pg_catalog.pg_attribute AS a '
                'WHERE a.attrelid = p.partrelid AND a.attname = ANY (%L::name[]))', own.oid::pg_catalog.regclass, key.names)
        WHERE own.relkind = 'r'
    ) AS one (kind, words, rows)
    WHERE i.indisunique
    UNION ALL
    -- A column that becomes an identity has no default and is NOT NULL.
    SELECT 'identity', field.relation, field.attname || '.identity', field.words, 'columns that have a default or may be NULL',
        pg_catalog.format('pg_catalog.pg_attribute AS a WHERE a.attrelid = pg_catalog.to_regclass(%L) AND a.attname = %L '
            'AND (a.atthasdef OR NOT a.attnotnull)', field.oid::pg_catalog.regclass, field.attname)
    FROM field
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = field.oid AND a.attnum = field.attnum AND a.attidentity <> ''
    UNION ALL
    -- The columns that an index or a generated column uses and that must have the type of the build. The server cannot index json. An expression
    -- that is immutable for timestamp is often not immutable for timestamptz. In PostgreSQL 13 and 14 the row of pg_depend refers to the generated column
    -- (pg_class), and from PostgreSQL 15 on to its expression (pg_attrdef).
    SELECT 'type', field.relation, pg_catalog.format('%s.%s.type', coalesce(class.relname, made.attname), field.attname), field.words,
        'columns of another type than ' || pg_catalog.format_type(a.atttypid, NULL),
        pg_catalog.format('pg_catalog.pg_attribute AS a WHERE a.attrelid = pg_catalog.to_regclass(%L) AND a.attname = %L '
            'AND a.atttypid <> %L::pg_catalog.regtype', field.oid::pg_catalog.regclass, field.attname, a.atttypid::pg_catalog.regtype)
    FROM field
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = field.oid AND a.attnum = field.attnum
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = field.oid
        AND d.refobjsubid = field.attnum
    LEFT JOIN pg_catalog.pg_index AS i ON d.classid = d.refclassid AND i.indexrelid = d.objid
    LEFT JOIN pg_catalog.pg_class AS class ON class.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_attrdef AS e ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND e.oid = d.objid
    LEFT JOIN pg_catalog.pg_attribute AS made ON made.attrelid = field.oid AND made.attnum <> field.attnum AND made.attgenerated <> ''
        AND (made.attnum = e.adnum OR d.classid = d.refclassid AND d.objid = field.oid AND d.objsubid = made.attnum)
    LEFT JOIN pg_catalog.pg_attrdef AS generation ON generation.adrelid = field.oid AND generation.adnum = made.attnum
    CROSS JOIN LATERAL (
        SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid),
            pg_catalog.pg_get_expr(generation.adbin, generation.adrelid))
    ) AS used (words)
    WHERE a.atttypid IN ('json'::pg_catalog.regtype, 'jsonb'::pg_catalog.regtype) AND (class.oid IS NOT NULL OR made.attnum IS NOT NULL)
        OR a.atttypid IN ('date'::pg_catalog.regtype, 'timestamp'::pg_catalog.regtype, 'timestamptz'::pg_catalog.regtype,
                'time'::pg_catalog.regtype, 'timetz'::pg_catalog.regtype)
            -- IS NULL is immutable for every type.
            AND pg_catalog.regexp_replace(used.words, pg_catalog.format('\m%s IS (NOT )?NULL\M', field.attname), '', 'g')
                ~ pg_catalog.format('\m%s\M', field.attname)
), known (kind, relation, name, other, fields, words, rows) AS (
    SELECT 'rule', rule.relation, rule.name, rule.other, rule.fields, rule.words, rule.rows FROM rule
    UNION ALL
    SELECT obstacle.kind, obstacle.relation, obstacle.name, obstacle.relation, obstacle.fields, obstacle.words, obstacle.rows FROM obstacle
)
SELECT 'field' AS kind, field.relation, field.attname::text AS name, '' AS other, field.words AS fields, '' AS question
FROM field
UNION ALL
SELECT known.kind, known.relation, known.name, known.other, known.fields,
    CASE WHEN known.rows IS NULL THEN pg_catalog.format('SELECT %L', 'not counted: ' || known.words)
        ELSE pg_catalog.format('SELECT CASE pg_catalog.count(*) WHEN 0 THEN ''none'' ELSE %L || pg_catalog.count(*)::text END FROM %s',
            known.words || ': ', known.rows)
    END
FROM known
WHERE known.fields IS NOT NULL
ORDER BY 1, 2, 3;
