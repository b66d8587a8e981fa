-- The structure digest: one row for each fact (kind, name, digest). It contains no oid and no column number, so it is equal before and
-- after a release that was rolled back, and on a clone. The caller pins search_path to pg_catalog, pg_temp, so that all names are printed
-- with their schema.
--
-- The setting oneroof.structure_scope gives the scope. It is a JSON list of objects, such as ["public.x", "public.f(text, text)",
-- "public.y_*"], in which a star at the end stands for all names with this beginning. Or it is the word database, for all schemas except
-- the server's own. Owners and grants are separate kinds of rows (owner, grants), so that they can be left out where they cannot be
-- compared.
--
-- A dump and restore changes some texts without changing their meaning. This query prints both forms in one way: an IN list over varchar is
-- restored with a cast of each element instead of a cast of the array, a privilege list that is equal to the default is restored as NULL,
-- and PostgreSQL 18 lists NOT NULL as a constraint.
WITH given AS (
    SELECT nullif(pg_catalog.btrim(pg_catalog.current_setting('oneroof.structure_scope', true)), '') AS scope
),
named (name) AS (
    SELECT listed.name
    FROM given
    CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(
        CASE WHEN given.scope LIKE '[%' THEN given.scope::jsonb ELSE '[]'::jsonb END) AS listed (name)
),
-- The beginnings of names. A relation's name lies between "first" and "past", which an index can use. A schema alone has neither.
prefixed (beginning, schema, first, past) AS (
    SELECT pattern.beginning, pattern.schema, nullif(pattern.first, ''),
        pg_catalog.left(pattern.first, -1) || pg_catalog.chr(pg_catalog.ascii(pg_catalog.right(nullif(pattern.first, ''), 1)) + 1)
    FROM named
    CROSS JOIN LATERAL (SELECT pg_catalog.rtrim(named.name, '*')) AS begun (beginning)
    CROSS JOIN LATERAL (
        SELECT begun.beginning, pg_catalog.split_part(begun.beginning, '.', 1), pg_catalog.split_part(begun.beginning, '.', 2)
    ) AS pattern (beginning, schema, first)
    WHERE named.name LIKE '%*'
),
-- The relations of the scope. As an array, they make the planner expect few relations and use the indexes of the catalogs, so that a
-- database with many other tables costs little more than a small one.
chosen (relations) AS (
    SELECT ARRAY(
        SELECT c.oid
        FROM named
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(named.name, '.', 1)
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(named.name, '.', 2)
        UNION
        SELECT c.oid
        FROM prefixed
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = prefixed.schema
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname >= prefixed.first AND c.relname < prefixed.past
        UNION
        SELECT c.oid
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE EXISTS (SELECT FROM prefixed WHERE prefixed.first IS NULL)
            AND EXISTS (
                SELECT FROM prefixed
                WHERE prefixed.first IS NULL AND pg_catalog.starts_with(n.nspname || '.' || c.relname, prefixed.beginning))
        UNION
        SELECT c.oid
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE (SELECT given.scope = 'database' FROM given)
            AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    )
),
relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.reltype, c.relpersistence, c.relispartition, c.relpartbound,
        c.relreplident, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
        pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = ANY ((SELECT chosen.relations FROM chosen)::oid[])
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
),
routine AS MATERIALIZED (
    SELECT f.oid, f.prokind, f.proowner, f.proacl,
        pg_catalog.format('%I.%I(%s)', n.nspname, f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid)) AS name
    FROM given
    CROSS JOIN pg_catalog.pg_proc AS f
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND CASE
            WHEN given.scope = 'database' THEN true
            ELSE pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) IN (SELECT named.name FROM named)
                OR EXISTS (SELECT FROM prefixed WHERE pg_catalog.starts_with(n.nspname || '.' || f.proname, prefixed.beginning))
                -- The functions that triggers of these relations run are part of the scope.
                OR EXISTS (
                    SELECT FROM pg_catalog.pg_trigger AS g JOIN relation ON relation.oid = g.tgrelid
                    WHERE g.tgfoid = f.oid AND NOT g.tgisinternal)
        END
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e')
),
-- Comments on all objects below. Not materialized: the catalog's index finds the few comments that are needed, but a materialized copy of
-- all comments would be scanned again for every relation.
comment AS NOT MATERIALIZED (
    SELECT d.classoid, d.objoid, d.objsubid, d.description FROM pg_catalog.pg_description AS d
),
fact (kind, name, text) AS (
    SELECT CASE relation.relkind
            WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' ELSE 'type'
        END,
        relation.name,
        pg_catalog.concat_ws(E'\n', relation.relkind, relation.relpersistence, relation.relreplident,
            relation.relrowsecurity, relation.relforcerowsecurity,
            (SELECT pg_catalog.string_agg(option, ',' ORDER BY option COLLATE "C") FROM pg_catalog.unnest(relation.reloptions) AS option),
            CASE WHEN relation.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(relation.oid) END,
            pg_catalog.pg_get_expr(relation.relpartbound, relation.oid),
            (
                SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ',' ORDER BY h.inhseqno)
                FROM pg_catalog.pg_inherits AS h
                JOIN pg_catalog.pg_class AS c ON c.oid = h.inhparent
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE h.inhrelid = relation.oid
            ),
            CASE WHEN relation.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(relation.oid) END,
            (
                SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
                FROM pg_catalog.pg_sequence AS s
                WHERE s.seqrelid = relation.oid
            ),
            (
                SELECT pg_catalog.string_agg(pg_catalog.format('owned by %I.%I.%I', n.nspname, c.relname, a.attname), ',')
                FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
                WHERE relation.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = relation.oid
                    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
            ),
            (
                SELECT 'comment ' || comment.description FROM comment
                WHERE comment.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND comment.objoid = relation.oid AND comment.objsubid = 0
            ))
    FROM relation
    UNION ALL
    SELECT 'column', relation.name || '.' || pg_catalog.quote_ident(a.attname),
        pg_catalog.concat_ws(E'\n',
            pg_catalog.row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
            pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, 'identity ' || a.attidentity::text, 'generated ' || a.attgenerated::text,
            CASE WHEN a.attcollation <> t.typcollation THEN 'collation ' || (
                SELECT pg_catalog.format('%I.%I', n.nspname, k.collname)
                FROM pg_catalog.pg_collation AS k JOIN pg_catalog.pg_namespace AS n ON n.oid = k.collnamespace
                WHERE k.oid = a.attcollation) END,
            'default ' || pg_catalog.pg_get_expr(e.adbin, e.adrelid),
            'comment ' || comment.description)
    FROM relation
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = relation.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND comment.objoid = a.attrelid AND comment.objsubid = a.attnum
    WHERE relation.relkind <> 'S'
    UNION ALL
    SELECT 'constraint', relation.name || '.' || pg_catalog.quote_ident(k.conname),
        pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_constraintdef(k.oid), k.conislocal, 'comment ' || comment.description)
    FROM relation
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = relation.oid AND k.contype NOT IN ('n', 't')
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND comment.objoid = k.oid
    UNION ALL
    SELECT 'index', pg_catalog.format('%I.%I', n.nspname, c.relname),
        pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
            c.reloptions::text, 'comment ' || comment.description)
    FROM relation
    JOIN pg_catalog.pg_index AS i ON i.indrelid = relation.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND comment.objoid = i.indexrelid AND comment.objsubid = 0
    UNION ALL
    SELECT 'trigger', relation.name || '.' || pg_catalog.quote_ident(g.tgname),
        pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_triggerdef(g.oid), g.tgenabled, 'comment ' || comment.description)
    FROM relation
    JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = relation.oid AND NOT g.tgisinternal
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND comment.objoid = g.oid
    UNION ALL
    SELECT 'rule', relation.name || '.' || pg_catalog.quote_ident(w.rulename),
        pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_ruledef(w.oid), w.ev_enabled, 'comment ' || comment.description)
    FROM relation
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = relation.oid AND w.rulename <> '_RETURN'
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND comment.objoid = w.oid
    UNION ALL
    SELECT 'policy', relation.name || '.' || pg_catalog.quote_ident(p.polname),
        pg_catalog.concat_ws(E'\n', p.polcmd, p.polpermissive,
            (SELECT pg_catalog.string_agg(CASE member WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(member)::text END, ',' ORDER BY 1) FROM pg_catalog.unnest(p.polroles) AS member),
            pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    FROM relation
    JOIN pg_catalog.pg_policy AS p ON p.polrelid = relation.oid
    UNION ALL
    SELECT 'statistics', relation.name || '.' || pg_catalog.quote_ident(x.stxname), pg_catalog.pg_get_statisticsobjdef(x.oid)
    FROM relation
    JOIN pg_catalog.pg_statistic_ext AS x ON x.stxrelid = relation.oid
    UNION ALL
    SELECT 'function', routine.name,
        pg_catalog.concat_ws(E'\n',
            CASE WHEN routine.prokind IN ('f', 'p', 'w') THEN pg_catalog.pg_get_functiondef(routine.oid)
                ELSE 'aggregate ' || (SELECT pg_catalog.concat_ws(' ', a.aggtransfn, a.aggfinalfn, pg_catalog.format_type(a.aggtranstype, NULL), a.agginitval)
                    FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid = routine.oid) END,
            'comment ' || comment.description)
    FROM routine
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND comment.objoid = routine.oid
    UNION ALL
    -- The other objects of a database: types, schemas, extensions, event triggers.
    SELECT 'type', pg_catalog.format('%I.%I', n.nspname, t.typname),
        pg_catalog.concat_ws(E'\n', t.typtype, pg_catalog.format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault,
            (SELECT pg_catalog.string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid),
            (SELECT pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid), ',' ORDER BY k.conname)
                FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'),
            'comment ' || comment.description)
    FROM given
    JOIN pg_catalog.pg_type AS t ON given.scope = 'database' AND t.typtype IN ('d', 'e', 'r')
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND comment.objoid = t.oid
    UNION ALL
    SELECT 'schema', pg_catalog.quote_ident(n.nspname), coalesce(comment.description, '')
    FROM given
    JOIN pg_catalog.pg_namespace AS n ON given.scope = 'database' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    LEFT JOIN comment ON comment.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND comment.objoid = n.oid
    UNION ALL
    SELECT 'extension', x.extname::text, x.extversion
    FROM given
    JOIN pg_catalog.pg_extension AS x ON given.scope = 'database'
    UNION ALL
    SELECT 'event trigger', e.evtname::text,
        pg_catalog.concat_ws(E'\n', e.evtevent, e.evtenabled, e.evttags::text, e.evtfoid::pg_catalog.regprocedure)
    FROM given
    JOIN pg_catalog.pg_event_trigger AS e ON given.scope = 'database'
    UNION ALL
    -- Owners and grants.
    SELECT 'owner', relation.name, pg_catalog.pg_get_userbyid(relation.relowner)::text
    FROM relation
    UNION ALL
    SELECT 'owner', routine.name, pg_catalog.pg_get_userbyid(routine.proowner)::text
    FROM routine
    UNION ALL
    SELECT 'grants', granted.name, (
        SELECT coalesce(pg_catalog.string_agg(line.text, E'\n' ORDER BY line.text COLLATE "C"), '')
        FROM pg_catalog.aclexplode(granted.acl) AS g
        CROSS JOIN LATERAL (
            SELECT pg_catalog.format('%s %s%s', CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END,
                g.privilege_type, CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END)
        ) AS line (text))
    FROM (
        SELECT relation.name, coalesce(relation.relacl,
            pg_catalog.acldefault(CASE WHEN relation.relkind = 'S' THEN 's' ELSE 'r' END::"char", relation.relowner)) AS acl
        FROM relation
        WHERE relation.relkind <> 'c'
        UNION ALL
        SELECT relation.name || '.' || pg_catalog.quote_ident(a.attname), a.attacl
        FROM relation
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = relation.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
        UNION ALL
        SELECT routine.name, coalesce(routine.proacl, pg_catalog.acldefault('f', routine.proowner)) FROM routine
        UNION ALL
        SELECT 'schema ' || pg_catalog.quote_ident(n.nspname), coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
        FROM given
        JOIN pg_catalog.pg_namespace AS n ON given.scope = 'database' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        UNION ALL
        SELECT pg_catalog.format('default %s of %s%s', d.defaclobjtype, pg_catalog.pg_get_userbyid(d.defaclrole),
            coalesce((SELECT ' in ' || n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = d.defaclnamespace), '')), d.defaclacl
        FROM given
        JOIN pg_catalog.pg_default_acl AS d ON given.scope = 'database'
    ) AS granted
),
-- Prints a string constant with a cast in one way, alone or in a list.
plain AS (
    SELECT fact.kind, fact.name,
        -- Most texts contain no such cast, so the expensive search is skipped for them.
        CASE WHEN pg_catalog.strpos(fact.text, '::character varying') = 0 AND pg_catalog.strpos(fact.text, '::text[]') = 0 THEN fact.text
        ELSE pg_catalog.regexp_replace(
            pg_catalog.regexp_replace(
                pg_catalog.regexp_replace(fact.text,
                    $re$\(('(?:[^']|'')*')::character varying(?:\(\d+\))?\)::text\M(?!\[)$re$, '\1::text', 'g'),
                $re$('(?:[^']|'')*')::character varying(?!\()$re$, '\1::text', 'g'),
            $re$\(ARRAY\[((?:'(?:[^']|'')*'::text(?:, )?)+)\]\)::text\[\]$re$, 'ARRAY[\1]', 'g')
        END AS text
    FROM fact
    WHERE fact.kind NOT IN ('owner', 'grants', 'function')
    UNION ALL
    SELECT fact.kind, fact.name, fact.text
    FROM fact
    WHERE fact.kind IN ('owner', 'grants', 'function')
),
-- A constant without a name in a branch of a view is printed with its type, and after a restore the type has become its name. Such a name
-- is dropped here. The names that matter are those of the columns, which are separate facts.
written AS (
    SELECT plain.kind, plain.name,
        CASE WHEN plain.kind NOT IN ('view', 'materialized view') OR plain.text !~ '(''|NULL)::[^,]* AS ' THEN plain.text
        ELSE pg_catalog.regexp_replace(
            pg_catalog.regexp_replace(plain.text,
                $re$(\(?(?:'(?:[^']|'')*'|NULL)::(?:[a-z_0-9"]+\.)?"?([a-z_0-9]+)"?(?:\[\])?(?: COLLATE [^ ,]+\))?) AS "?\2"?(?=[,\s)]|$)$re$, '\1', 'g'),
            $re$((?:'(?:[^']|'')*'|NULL)::(?:$re$
                || $re$integer(?:\[\])?(?= AS int4[,\s)]| AS int4$)|bigint(?:\[\])?(?= AS int8[,\s)]| AS int8$)|$re$
                || $re$smallint(?:\[\])?(?= AS int2[,\s)]| AS int2$)|boolean(?:\[\])?(?= AS bool[,\s)]| AS bool$)|$re$
                || $re$double precision(?= AS float8[,\s)]| AS float8$)|real(?= AS float4[,\s)]| AS float4$)|$re$
                || $re$numeric\([0-9,]+\)(?= AS "?numeric"?[,\s)]| AS "?numeric"?$)|$re$
                || $re$text(?:\[\])?(?= AS "varchar"[,\s)]| AS "varchar"$)|character varying(?:\([0-9]+\))?(?:\[\])?(?= AS "varchar"[,\s)]| AS "varchar"$)|$re$
                || $re$character\([0-9]+\)(?= AS bpchar[,\s)]| AS bpchar$)|$re$
                || $re$timestamp(?:\([0-9]\))? with time zone(?= AS timestamptz[,\s)]| AS timestamptz$)|$re$
                || $re$timestamp(?:\([0-9]\))? without time zone(?= AS "timestamp"[,\s)]| AS "timestamp"$)|$re$
                || $re$time(?:\([0-9]\))? without time zone(?= AS "time"[,\s)]| AS "time"$)|$re$
                || $re$time(?:\([0-9]\))? with time zone(?= AS timetz[,\s)]| AS timetz$))) AS "?[a-z0-9]+"?$re$, '\1', 'g')
        END AS text
    FROM plain
)
SELECT written.kind, written.name,
    pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(written.text, 'UTF8')), 'hex') AS digest
FROM written
ORDER BY written.kind COLLATE "C", written.name COLLATE "C", 3;
