{{present}}, viewed (attrelid, attnum, category) AS (
    -- The type of a view's column depends on the column that the view reads. In another database that column may be varchar instead of text,
    -- or integer instead of numeric. So only the category of the type is compared.
    SELECT present_column.attrelid, present_column.attnum,
        coalesce(nullif({{category}}, 'any'), pg_catalog.format_type(base.oid, NULL))
    FROM present_column
    JOIN pg_catalog.pg_type AS t ON t.oid = present_column.atttypid
    JOIN pg_catalog.pg_type AS base ON base.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
    WHERE present_column.relkind IN ('v', 'm')
), compressed (object, attname, method) AS (
    -- PostgreSQL 13 has no column attcompression. There the name refers to the empty value of older.
    SELECT present_column.object, present_column.attname, newer.method
    FROM present_column
    CROSS JOIN LATERAL (
        SELECT (SELECT attcompression FROM pg_catalog.pg_attribute AS attribute
            WHERE attribute.attrelid = present_column.attrelid AND attribute.attnum = present_column.attnum)
        FROM (VALUES (''::"char")) AS older (attcompression)
    ) AS newer (method)
), {{granted}}, shape (object, part, words) AS (
    -- Row security, replica identity and each setting are compared one by one. So a tier can change one of them in a database where another
    -- one differs from the build.
    SELECT class.object, one.part, one.words
    FROM present_relation AS class
    CROSS JOIN LATERAL (
        VALUES
            ('relation', ROW(class.relkind, class.relpersistence, class.relispartition)::text),
            ('row security', CASE WHEN class.relrowsecurity OR class.relforcerowsecurity
                THEN ROW(class.relrowsecurity, class.relforcerowsecurity)::text END),
            ('replica identity', CASE
                WHEN class.relreplident <> CASE WHEN class.relkind IN ('r', 'p', 'm') THEN 'd' ELSE 'n' END THEN class.relreplident::text END),
            ('access method', (
                SELECT method.amname::text FROM pg_catalog.pg_am AS method WHERE method.oid = class.relam AND method.amname <> 'heap')),
            -- REFRESH MATERIALIZED VIEW ... WITH NO DATA leaves a materialized view that nobody can read.
            ('content', CASE WHEN class.relkind = 'm' AND NOT class.relispopulated THEN 'none' END),
            ('partition', CASE WHEN class.relkind = 'p' OR class.relispartition THEN ROW(
                CASE class.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(class.oid) END, pg_catalog.pg_get_expr(class.relpartbound, class.oid),
                (SELECT pg_catalog.string_agg(parent.inhparent::pg_catalog.regclass::text, ' ' ORDER BY parent.inhseqno)
                    FROM pg_catalog.pg_inherits AS parent WHERE parent.inhrelid = class.oid))::text END),
            ('inheritance', CASE WHEN NOT class.relispartition THEN (
                SELECT pg_catalog.string_agg(parent.inhparent::pg_catalog.regclass::text, ' ' ORDER BY parent.inhseqno)
                FROM pg_catalog.pg_inherits AS parent WHERE parent.inhrelid = class.oid) END),
            -- A view over a varchar column prints a cast where a view over a text column prints none. Both count as equal.
            ('definition', CASE WHEN class.relkind IN ('v', 'm') THEN
                pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.pg_get_viewdef(class.oid),
                    '\(((?:[a-z_][a-z0-9_$]*\.|"[^"]+"\.)?(?:[a-z_][a-z0-9_$]*|"[^"]+"))\)::text', '\1', 'g'),
                    '(\m[a-z_][a-z0-9_$]*\.|"[^"]+"\.)?(\m[a-z_][a-z0-9_$]*|"[^"]+") AS \2(?![a-z0-9_$])', '\1\2', 'g') END)
        UNION ALL
        SELECT 'setting.' || pg_catalog.split_part(option.words, '=', 1), option.words
        FROM pg_catalog.unnest(class.reloptions) AS option (words)
    ) AS one (part, words)
    WHERE one.words IS NOT NULL
    UNION ALL
    SELECT present.object, 'comment', note.words
    FROM present
    CROSS JOIN LATERAL (
        SELECT coalesce(pg_catalog.obj_description(present.relation, 'pg_class'), pg_catalog.obj_description(present.routine, 'pg_proc'),
            pg_catalog.obj_description(present.type, 'pg_type'), pg_catalog.obj_description(present.schema, 'pg_namespace'))
    ) AS note (words)
    WHERE note.words IS NOT NULL
    UNION ALL
    -- The release sets no statistics target, storage or options. A value that somebody set later would be lost with a DROP.
    SELECT held.object, one.kind || held.attname, one.words
    FROM present_column AS held
    JOIN pg_catalog.pg_type AS kind ON kind.oid = held.atttypid
    LEFT JOIN viewed ON viewed.attrelid = held.attrelid AND viewed.attnum = held.attnum
    LEFT JOIN pg_catalog.pg_collation AS coll ON coll.oid = held.attcollation
    CROSS JOIN LATERAL (
        VALUES
            ('column.', CASE WHEN held.relkind <> 'v' THEN ROW(
                CASE held.relkind WHEN 'm' THEN viewed.category ELSE pg_catalog.format_type(held.atttypid, held.atttypmod) END,
                held.attidentity, held.attgenerated, CASE WHEN held.relkind <> 'm' THEN coll.collname END)::text END),
            ('NOT NULL.', CASE WHEN held.relkind <> 'v' AND held.attnotnull THEN 'yes' END),
            ('comment.', CASE WHEN held.relkind <> 'v' THEN pg_catalog.col_description(held.attrelid, held.attnum) END),
            ('statistics target.', CASE WHEN coalesce(held.attstattarget, -1) <> -1 THEN held.attstattarget::text END),
            ('storage.', CASE WHEN held.relkind <> 'v' AND held.attstorage <> kind.typstorage THEN held.attstorage::text END),
            ('options.', held.attoptions::text)
    ) AS one (kind, words)
    WHERE one.words IS NOT NULL
    UNION ALL
    SELECT present.object, 'constraint.' || found.conname,
        ROW(pg_catalog.pg_get_constraintdef(found.oid), found.convalidated, pg_catalog.obj_description(found.oid, 'pg_constraint'))::text
    FROM present
    JOIN pg_catalog.pg_constraint AS found ON found.conrelid = present.relation AND found.contype NOT IN ('n', 't')
    UNION ALL
    -- Only the index of a partitioned table is printed with ONLY. Without the word, the text is the same for both kinds of tables. Below, the name
    -- of the table is removed from the texts of indexes, triggers, rules and statistics, because a tier may rename the table.
    SELECT present.object, 'index.' || class.relname,
        ROW(pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_indexdef(class.oid), ' ON ONLY ', ' ON '),
                ' ON ' || present.relation::pg_catalog.regclass::text || ' ', ' '),
            index.indisvalid, class.reloptions, pg_catalog.obj_description(class.oid, 'pg_class'))::text
    FROM present
    JOIN pg_catalog.pg_index AS index ON index.indrelid = present.relation
    JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    UNION ALL
    SELECT compressed.object, 'compression.' || compressed.attname, compressed.method::text
    FROM compressed
    WHERE compressed.method <> ''
    UNION ALL
    SELECT held.object, CASE held.attgenerated WHEN '' THEN 'default.' ELSE 'generation.' END || held.attname,
        pg_catalog.pg_get_expr(fallback.adbin, fallback.adrelid)
    FROM present_column AS held
    JOIN pg_catalog.pg_attrdef AS fallback ON fallback.adrelid = held.attrelid AND fallback.adnum = held.attnum
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
    SELECT class.object, 'TOAST setting.' || pg_catalog.split_part(option.words, '=', 1), option.words
    FROM present_relation AS class
    JOIN pg_catalog.pg_class AS toast ON toast.oid = class.reltoastrelid
    CROSS JOIN LATERAL pg_catalog.unnest(toast.reloptions) AS option (words)
    UNION ALL
    SELECT present.object, 'CLUSTER mark', class.relname::text
    FROM present
    JOIN pg_catalog.pg_index AS index ON index.indrelid = present.relation AND index.indisclustered
    JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    UNION ALL
    SELECT held.object, 'column list',
        pg_catalog.string_agg(ROW(held.attname, viewed.category, pg_catalog.col_description(held.attrelid, held.attnum))::text, ' '
            ORDER BY held.attnum)
    FROM present_column AS held
    JOIN viewed ON viewed.attrelid = held.attrelid AND viewed.attnum = held.attnum
    WHERE held.relkind = 'v'
    GROUP BY held.object
    UNION ALL
    SELECT present.object, 'definition',
        pg_catalog.pg_get_functiondef(present.routine)
    FROM present
    JOIN pg_catalog.pg_proc AS routine ON routine.oid = present.routine AND routine.prokind <> 'a'
    UNION ALL
    SELECT present.object, 'definition',
        ROW(routine.aggtransfn, routine.aggfinalfn, pg_catalog.format_type(routine.aggtranstype, NULL), routine.agginitval)::text
    FROM present
    JOIN pg_catalog.pg_aggregate AS routine ON routine.aggfnoid = present.routine
    UNION ALL
    SELECT present.object, 'trigger.' || found.tgname,
        ROW(pg_catalog.replace(pg_catalog.pg_get_triggerdef(found.oid), ' ON ' || present.relation::pg_catalog.regclass::text || ' ', ' '),
            found.tgenabled, pg_catalog.obj_description(found.oid, 'pg_trigger'))::text
    FROM present
    JOIN pg_catalog.pg_trigger AS found ON found.tgrelid = present.relation AND NOT found.tgisinternal
    UNION ALL
    SELECT present.object, 'rule.' || found.rulename,
        ROW(pg_catalog.replace(pg_catalog.pg_get_ruledef(found.oid), ' TO ' || present.relation::pg_catalog.regclass::text, ''),
            found.ev_enabled, pg_catalog.obj_description(found.oid, 'pg_rewrite'))::text
    FROM present
    JOIN pg_catalog.pg_rewrite AS found ON found.ev_class = present.relation AND found.rulename <> '_RETURN'
    UNION ALL
    SELECT present.object, 'policy.' || found.polname,
        ROW(found.polcmd, found.polpermissive, (
                SELECT pg_catalog.string_agg(CASE one WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(one)::text END, ' ' ORDER BY 1)
                FROM pg_catalog.unnest(found.polroles) AS one),
            pg_catalog.pg_get_expr(found.polqual, found.polrelid), pg_catalog.pg_get_expr(found.polwithcheck, found.polrelid),
            pg_catalog.obj_description(found.oid, 'pg_policy'))::text
    FROM present
    JOIN pg_catalog.pg_policy AS found ON found.polrelid = present.relation
    UNION ALL
    SELECT present.object, 'statistics.' || found.stxname,
        ROW(pg_catalog.replace(pg_catalog.pg_get_statisticsobjdef(found.oid), ' FROM ' || present.relation::pg_catalog.regclass::text, ''),
            pg_catalog.obj_description(found.oid, 'pg_statistic_ext'))::text
    FROM present
    JOIN pg_catalog.pg_statistic_ext AS found ON found.stxrelid = present.relation
    UNION ALL
    -- The sequence itself, and the sequences that the columns of a table own.
    SELECT present.object, 'sequence', ROW(pg_catalog.format_type(found.seqtypid, NULL), found.seqstart, found.seqincrement, found.seqmin,
        found.seqmax, found.seqcache, found.seqcycle)::text
    FROM present
    JOIN pg_catalog.pg_sequence AS found ON found.seqrelid = present.relation
    UNION ALL
    SELECT present_column.object, 'sequence.' || present_column.attname,
        ROW(pg_catalog.format_type(found.seqtypid, NULL), found.seqstart, found.seqincrement, found.seqmin, found.seqmax, found.seqcache,
            found.seqcycle)::text
    FROM present_column
    JOIN pg_catalog.pg_depend AS owned ON owned.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND owned.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND owned.refobjid = present_column.attrelid
        AND owned.refobjsubid = present_column.attnum AND owned.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_sequence AS found ON found.seqrelid = owned.objid
    UNION ALL
    SELECT present.object, 'type',
        ROW(kind.typtype, pg_catalog.format_type(nullif(kind.typbasetype, 0), kind.typtypmod), kind.typnotnull, kind.typdefault,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(label.enumlabel), ' ' ORDER BY label.enumsortorder)
                FROM pg_catalog.pg_enum AS label WHERE label.enumtypid = kind.oid),
            (SELECT pg_catalog.string_agg(ROW(attribute.attname, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod))::text, ' '
                    ORDER BY attribute.attnum)
                FROM pg_catalog.pg_attribute AS attribute
                WHERE kind.typtype = 'c' AND attribute.attrelid = kind.typrelid AND attribute.attnum > 0 AND NOT attribute.attisdropped),
            (SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(span.rngsubtype, NULL), 'collation ' || span.rngcollation::pg_catalog.regcollation,
                    'operator class ' || opclass.opcname, 'canonical ' || span.rngcanonical::pg_catalog.regproc,
                    'difference ' || span.rngsubdiff::pg_catalog.regproc)
                FROM pg_catalog.pg_range AS span
                JOIN pg_catalog.pg_opclass AS opclass ON opclass.oid = span.rngsubopc
                WHERE span.rngtypid = kind.oid))::text
    FROM present
    JOIN pg_catalog.pg_type AS kind ON kind.oid = present.type
    UNION ALL
    SELECT present.object, 'constraint.' || found.conname,
        ROW(pg_catalog.pg_get_constraintdef(found.oid), found.convalidated, pg_catalog.obj_description(found.oid, 'pg_constraint'))::text
    FROM present
    JOIN pg_catalog.pg_constraint AS found ON found.contypid = present.type AND found.contype <> 'n'
    UNION ALL
    SELECT present.object, 'schema', ''
    FROM present
    WHERE present.schema IS NOT NULL
    UNION ALL
    SELECT granted.object, granted.part, coalesce(granted.given, '')
    FROM granted
    WHERE granted.given IS DISTINCT FROM granted.usual
), uncast (object, part, words) AS (
    -- The server prints casts that depend on the type of a column: text <> 'x' for a text column is (varchar)::text <> 'x'::text for a varchar
    -- column. So casts of a single column, of a number, and of a list of texts are removed before two texts are compared.
    SELECT shape.object, shape.part, CASE
            WHEN shape.part ~ '^(constraint|index|trigger|policy|rule)\.' AND shape.words LIKE '%::%' THEN
                pg_catalog.regexp_replace(pg_catalog.regexp_replace(
                    pg_catalog.replace(shape.words, '::character varying', '::text'),
                    '\(((?:[a-z_][a-z0-9_$]*\.|"[^"]+"\.|OLD\.|NEW\.)?(?:[a-z_][a-z0-9_$]*|"[^"]+"|-?[0-9.]+))\)::(?:[a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*(?: [a-z]+)*(?:\([0-9, ]+\))?(?:\[\])?',
                    '\1', 'g'),
                    '\((ARRAY\[[^]]*\])\)::text\[\]', '\1', 'g')
            -- The server casts a constant to the type of its column.
            WHEN shape.part LIKE 'default.%' THEN pg_catalog.regexp_replace(shape.words,
                '^\(?(''(?:[^'']|'''')*''|-?[0-9.]+)\)?::[a-z][a-z ]*(?:\([0-9, ]+\))?(?: with(?:out)? time zone)?$', '\1')
            ELSE shape.words
        END
    FROM shape
), live (object, part, digest) AS (
    -- Lists of parts use blank, colon and slash as separators, so a part's name must not contain them. The name of the schema is not a part
    -- of the shape. It is removed before the names of the packet's own objects.
    SELECT uncast.object, pg_catalog.translate(uncast.part, ' :/', '~~~'), pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
        pg_catalog.regexp_replace(uncast.words, '{{own_names}}', '', 'g'), 'UTF8')), 'hex'), 8)
    FROM uncast
), copied (object, part) AS (
    -- The parts that a partition or an inheritance child inherits from its parent, such as columns, indexes and triggers. In the production
    -- database the parent may have more of them, so they are not compared for a new partition. A trigger is listed only if it is enabled or disabled as
    -- in the parent.
    SELECT class.object, pg_catalog.translate(one.part, ' :/', '~~~')
    FROM present_relation AS class
    CROSS JOIN LATERAL (
        SELECT own.part
        FROM pg_catalog.pg_inherits AS link
        JOIN pg_catalog.pg_attribute AS theirs ON theirs.attrelid = link.inhparent AND theirs.attnum > 0 AND NOT theirs.attisdropped
        JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = link.inhrelid AND mine.attname = theirs.attname
        LEFT JOIN pg_catalog.pg_attrdef AS given ON given.adrelid = theirs.attrelid AND given.adnum = theirs.attnum
        LEFT JOIN pg_catalog.pg_attrdef AS taken ON taken.adrelid = mine.attrelid AND taken.adnum = mine.attnum
        CROSS JOIN LATERAL (
            SELECT 'column.' || mine.attname
            UNION ALL
            SELECT 'NOT NULL.' || mine.attname WHERE theirs.attnotnull
            UNION ALL
            SELECT 'storage.' || mine.attname WHERE mine.attstorage = theirs.attstorage
            UNION ALL
            SELECT CASE mine.attgenerated WHEN '' THEN 'default.' ELSE 'generation.' END || mine.attname
            WHERE pg_catalog.pg_get_expr(taken.adbin, taken.adrelid) = pg_catalog.pg_get_expr(given.adbin, given.adrelid)
        ) AS own (part)
        WHERE link.inhrelid = class.oid
        UNION ALL
        SELECT 'constraint.' || held.conname FROM pg_catalog.pg_constraint AS held WHERE held.conrelid = class.oid AND held.coninhcount > 0
        UNION ALL
        SELECT kind.word || part.relname
        FROM pg_catalog.pg_index AS index
        JOIN pg_catalog.pg_class AS part ON part.oid = index.indexrelid AND part.relispartition
        CROSS JOIN (VALUES ('index.'), ('tablespace.')) AS kind (word)
        WHERE index.indrelid = class.oid
        UNION ALL
        SELECT 'trigger.' || trigger.tgname
        FROM pg_catalog.pg_trigger AS trigger
        JOIN pg_catalog.pg_trigger AS original ON original.oid = trigger.tgparentid AND original.tgenabled = trigger.tgenabled
        WHERE trigger.tgrelid = class.oid
    ) AS one (part)
)
