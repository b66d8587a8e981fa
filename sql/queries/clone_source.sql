-- Can this role clone this database under this name? It only reads. Settings: oneroof.clone_name, and oneroof.clone_no_owner ('on' if
-- owners and grants are not copied). Each row is one fact. Its kind is check (expected and actual value), statement (SQL that creates,
-- closes, marks, sets or drops the clone; for a setting the hint is its name), version (an extension that gets another version in the clone),
-- or size (bytes of the source).
DO $oneroof$
BEGIN
    -- The program has already rejected a wrong name. This test is for people who run these statements by hand.
    IF coalesce(pg_catalog.current_setting('oneroof.clone_name', true), '') !~ '^directus_gov_test_[0-9]{8}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR002', MESSAGE = 'the name of a clone is directus_gov_test_ and eight digits',
            HINT = 'For example directus_gov_test_20260602.';
    END IF;
END
$oneroof$;
WITH session AS (
    SELECT pg_catalog.current_setting('oneroof.clone_name') AS name,
        coalesce(pg_catalog.current_setting('oneroof.clone_no_owner', true), '') = 'on' AS no_owner,
        r.rolsuper AS super, r.rolcreatedb AS createdb, r.rolinherit AS inherits,
        -- What a role needs to give an object to another role.
        CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN 'SET' ELSE 'MEMBER' END AS may_become
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = CURRENT_USER
), object (class, oid, kind, name, owner, acl, readable) AS (
    -- What a dump holds and a restore creates, with its owner and grants. A dump reads the rows of tables, and the state of sequences and
    -- large objects; it reads no view. If a row is hidden from the role by row security, the dump ends with an error.
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'relation' END,
        pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner, c.relacl, CASE
            WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
            WHEN c.relkind IN ('r', 'p') THEN pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid)
            ELSE true
        END
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f.oid, CASE f.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        pg_catalog.format('%I.%I', n.nspname, f.proname), f.proowner, f.proacl, true
    FROM pg_catalog.pg_proc AS f
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    UNION ALL
    -- A table's row type, an array and a multirange belong to another object.
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, CASE t.typtype WHEN 'b' THEN 'base type' ELSE 'type' END,
        pg_catalog.format('%I.%I', n.nspname, t.typname), t.typowner, t.typacl, true
    FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
    LEFT JOIN pg_catalog.pg_type AS element ON element.typarray = t.oid
    WHERE element.oid IS NULL AND t.typtype <> 'm' AND coalesce(c.relkind, 'c') = 'c'
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'schema', pg_catalog.quote_ident(n.nspname), n.nspowner, n.nspacl,
        pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname <> 'public'
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 'language', 'language ' || pg_catalog.quote_ident(l.lanname), l.lanowner,
        l.lanacl, true
    FROM pg_catalog.pg_language AS l
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, 'foreign-data wrapper',
        'foreign-data wrapper ' || pg_catalog.quote_ident(w.fdwname), w.fdwowner, w.fdwacl, true
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, 'server', 'server ' || pg_catalog.quote_ident(s.srvname), s.srvowner,
        s.srvacl, true
    FROM pg_catalog.pg_foreign_server AS s
    UNION ALL
    -- These kinds have no grants. The last two have no owner either.
    SELECT plain.class, plain.oid, plain.kind, pg_catalog.format('%s %I.%I', plain.kind, n.nspname, plain.name), plain.owner, NULL, true
    FROM (
        SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 'operator', o.oprnamespace, o.oprname, o.oprowner
        FROM pg_catalog.pg_operator AS o
        UNION ALL
        SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, 'operator class', o.opcnamespace, o.opcname, o.opcowner
        FROM pg_catalog.pg_opclass AS o
        UNION ALL
        SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, 'operator family', o.opfnamespace, o.opfname, o.opfowner
        FROM pg_catalog.pg_opfamily AS o
        UNION ALL
        SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, o.oid, 'collation', o.collnamespace, o.collname, o.collowner
        FROM pg_catalog.pg_collation AS o
        UNION ALL
        SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, o.oid, 'conversion', o.connamespace, o.conname, o.conowner
        FROM pg_catalog.pg_conversion AS o
        UNION ALL
        SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, o.oid, 'text search configuration', o.cfgnamespace, o.cfgname, o.cfgowner
        FROM pg_catalog.pg_ts_config AS o
        UNION ALL
        SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, o.oid, 'text search dictionary', o.dictnamespace, o.dictname, o.dictowner
        FROM pg_catalog.pg_ts_dict AS o
        UNION ALL
        SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, o.oid, 'statistics', o.stxnamespace, o.stxname, o.stxowner
        FROM pg_catalog.pg_statistic_ext AS o
        UNION ALL
        SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, o.oid, 'text search template', o.tmplnamespace, o.tmplname, NULL
        FROM pg_catalog.pg_ts_template AS o
        UNION ALL
        SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, o.oid, 'text search parser', o.prsnamespace, o.prsname, NULL
        FROM pg_catalog.pg_ts_parser AS o
    ) AS plain (class, oid, kind, namespace, name, owner)
    JOIN pg_catalog.pg_namespace AS n ON n.oid = plain.namespace
    UNION ALL
    -- The right to read all tables does not include large objects. With lo_compat_privileges on, the server requires no right for them.
    SELECT 'pg_catalog.pg_largeobject_metadata'::pg_catalog.regclass, o.oid, 'large object', 'large object ' || o.oid, o.lomowner, o.lomacl,
        pg_catalog.pg_has_role(o.lomowner, 'USAGE') OR pg_catalog.current_setting('lo_compat_privileges') = 'on' OR EXISTS (
            SELECT FROM pg_catalog.aclexplode(o.lomacl) AS g
            WHERE g.privilege_type = 'SELECT' AND (g.grantee = 0 OR pg_catalog.pg_has_role(g.grantee, 'USAGE')))
    FROM pg_catalog.pg_largeobject_metadata AS o
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, d.oid, 'default privileges',
        'default privileges of ' || pg_catalog.pg_get_userbyid(d.defaclrole), d.defaclrole, NULL, true
    FROM pg_catalog.pg_default_acl AS d
), restored AS (
    -- The objects that a restore creates itself: not the server's own, not those of an extension, and not the functions of a range type.
    SELECT object.*
    FROM object
    WHERE object.oid >= 16384 AND object.name !~ '^"?pg_(toast|temp)' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = object.class AND d.objid = object.oid
            AND (d.deptype = 'e' OR d.deptype = 'i' AND object.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass))
), special (name) AS (
    -- What only a superuser creates. A function may have a setting that only superusers may set. If the role holds a GRANT SET on any
    -- parameter, it may be allowed to create such a function, so the function is not named.
    SELECT restored.name FROM restored WHERE restored.kind IN ('operator class', 'operator family', 'foreign-data wrapper',
        'base type', 'text search template', 'text search parser')
    UNION ALL
    SELECT restored.name
    FROM restored
    JOIN pg_catalog.pg_proc AS f ON f.oid = restored.oid AND restored.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
    WHERE f.proleakproof
        OR EXISTS (SELECT FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid = f.oid AND a.aggtranstype = 'internal'::pg_catalog.regtype)
        OR EXISTS (
            SELECT FROM pg_catalog.unnest(f.proconfig) AS line (text)
            JOIN pg_catalog.pg_settings AS s ON s.name = pg_catalog.split_part(line.text, '=', 1) AND s.context = 'superuser'
            WHERE NOT EXISTS (
                SELECT FROM pg_catalog.pg_shdepend AS d
                WHERE d.classid = pg_catalog.to_regclass('pg_catalog.pg_parameter_acl') AND d.deptype = 'a'
                    AND pg_catalog.pg_has_role(d.refobjid, 'USAGE')))
    UNION ALL
    SELECT pg_catalog.format('cast from %s to %s', c.castsource::pg_catalog.regtype, c.casttarget::pg_catalog.regtype)
    FROM pg_catalog.pg_cast AS c
    WHERE c.oid >= 16384 AND c.castmethod = 'b' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
), extension AS (
    -- A restore always creates an extension in its default version on this server.
    SELECT x.extname::text AS name, x.extversion AS source_version, here.default_version AS version, coalesce(known.trusted, false) AS trusted
    FROM pg_catalog.pg_extension AS x
    LEFT JOIN pg_catalog.pg_available_extensions AS here ON here.name = x.extname
    LEFT JOIN pg_catalog.pg_available_extension_versions AS known ON known.name = here.name AND known.version = here.default_version
    WHERE x.extname <> 'plpgsql'
), setting AS (
    -- The settings of the database, and of roles in it. The clone takes each value FROM CURRENT, so the server writes it in its own form.
    SELECT s.setrole, pg_catalog.split_part(line.text, '=', 1) AS name,
        pg_catalog.substr(line.text, pg_catalog.strpos(line.text, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting AS s
    JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase AND d.datname = pg_catalog.current_database()
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS line (text)
), source AS (
    SELECT pg_catalog.to_jsonb(d) AS facts, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = pg_catalog.current_database()
), fact (place, kind, name, expected, actual, hint) AS (
    SELECT 1, 'check', 'database', 'directus', pg_catalog.current_database()::text, 'Connect to the database directus: it is the source.'
    UNION ALL
    SELECT 2, 'check', 'clone.absent', 'absent',
        CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_database AS d WHERE d.datname = session.name) THEN 'there' ELSE 'absent' END,
        'A clone of that name exists already. Remove it with oneroof clone drop, or give another --name.'
    FROM session
    UNION ALL
    SELECT 3, 'check', 'privilege.createdb', 'yes', CASE WHEN session.super OR session.createdb THEN 'yes' ELSE 'no' END,
        pg_catalog.format('An administrator grants it: ALTER ROLE %I CREATEDB.', CURRENT_USER)
    FROM session
    UNION ALL
    SELECT 4, 'check', 'privilege.read', 'everything', coalesce(
        (SELECT 'not ' || pg_catalog.string_agg(restored.name, ', ' ORDER BY restored.name) FROM restored WHERE NOT restored.readable), 'everything'),
        'A dump reads every row of every table, and every sequence and large object. Their owners grant SELECT. Where row security hides rows, the role needs BYPASSRLS. Or a superuser makes the clone.'
    UNION ALL
    -- A restore creates the objects as this role and then gives them away. After that it must still act as their owner. From
    -- PostgreSQL 15 on, schema public of a new database belongs to pg_database_owner. A role that does not inherit cannot create there.
    SELECT 5, 'check', 'privilege.owners', 'member of all', CASE
        WHEN session.super THEN 'member of all'
        WHEN NOT session.inherits AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 150000 THEN 'does not inherit from pg_database_owner'
        WHEN session.no_owner THEN 'member of all'
        ELSE coalesce((
            SELECT 'not of ' || pg_catalog.string_agg(DISTINCT pg_catalog.pg_get_userbyid(restored.owner)::text, ', ')
            FROM restored
            WHERE NOT (pg_catalog.pg_has_role(restored.owner, 'USAGE') AND pg_catalog.pg_has_role(restored.owner, session.may_become))), 'member of all')
        END,
        'A restore gives every object to its owner. Ask for membership in these roles WITH INHERIT, or give --no-owner: owners and grants are then not compared. A role with NOINHERIT cannot restore: ALTER ROLE ... INHERIT.'
    FROM session
    UNION ALL
    SELECT 6, 'check', 'extensions', 'can be created', CASE
        WHEN EXISTS (SELECT FROM pg_catalog.pg_extension AS x WHERE x.extname = 'pg_cron') THEN 'bound to this database: pg_cron'
        WHEN EXISTS (SELECT FROM extension WHERE extension.version IS NULL) THEN (
            SELECT 'not installed on this server: ' || pg_catalog.string_agg(extension.name, ', ' ORDER BY extension.name)
            FROM extension
            WHERE extension.version IS NULL)
        WHEN session.super THEN 'can be created'
        ELSE coalesce((
            SELECT 'need a superuser: ' || pg_catalog.string_agg(extension.name, ', ' ORDER BY extension.name)
            FROM extension
            WHERE NOT extension.trusted), 'can be created')
        END,
        'Extensions that are not trusted need a superuser. One that is bound to a database, or whose files are not on this server, cannot be in a clone: clone a copy without it.'
    FROM session
    UNION ALL
    SELECT 7, 'check', 'event_triggers', 'none', CASE
        WHEN session.super THEN 'none'
        ELSE coalesce((SELECT pg_catalog.string_agg(e.evtname::text, ', ' ORDER BY e.evtname) FROM pg_catalog.pg_event_trigger AS e), 'none')
        END,
        'Only a superuser restores event triggers.'
    FROM session
    UNION ALL
    SELECT 8, 'check', 'languages', 'trusted', CASE
        WHEN session.super THEN 'trusted'
        ELSE coalesce((
            SELECT 'need a superuser: ' || pg_catalog.string_agg(DISTINCT restored.name, ', ')
            FROM restored
            JOIN pg_catalog.pg_proc AS f ON f.oid = restored.oid
            JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang AND NOT l.lanpltrusted AND l.lanname <> 'sql'
            WHERE restored.kind = 'function'), 'trusted')
        END,
        'Functions in languages that are not trusted need a superuser.'
    FROM session
    UNION ALL
    SELECT 8, 'check', 'objects', 'can be created', CASE
        WHEN session.super THEN 'can be created'
        ELSE coalesce((SELECT 'need a superuser: ' || pg_catalog.string_agg(special.name, ', ' ORDER BY special.name) FROM special), 'can be created')
        END,
        'Only a superuser creates such objects, or functions with such attributes and settings. A superuser makes the clone.'
    FROM session
    UNION ALL
    -- A restore grants as the owner of the object, so it cannot restore a grant that another role gave. It cannot restore grants on schema
    -- public either, unless this role is a member of its owner. If pg_database_owner owns the schema, the creator of the clone is a member.
    SELECT 8, 'check', 'privilege.grants', 'can be given', CASE
        WHEN session.super OR session.no_owner THEN 'can be given'
        ELSE coalesce((
            SELECT 'need a superuser: ' || pg_catalog.string_agg(DISTINCT held.name, ', ' ORDER BY held.name)
            FROM (
                SELECT restored.name
                FROM restored
                CROSS JOIN LATERAL pg_catalog.aclexplode(restored.acl) AS g
                WHERE g.grantor <> restored.owner
                UNION ALL
                SELECT pg_catalog.format('%s (%I)', restored.name, a.attname)
                FROM restored
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = restored.oid AND NOT a.attisdropped
                CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS g
                WHERE restored.kind = 'relation' AND g.grantor <> restored.owner
                UNION ALL
                -- The server and the extensions made these objects with grants of their own. A dump holds only what was changed since.
                SELECT object.name
                FROM object
                LEFT JOIN pg_catalog.pg_init_privs AS i ON i.classoid = object.class AND i.objoid = object.oid AND i.objsubid = 0
                WHERE object.name !~ '^information_schema'
                    AND NOT EXISTS (SELECT FROM restored WHERE restored.class = object.class AND restored.oid = object.oid)
                    AND object.acl::pg_catalog.text IS DISTINCT FROM i.initprivs::pg_catalog.text
                    AND NOT pg_catalog.pg_has_role(object.owner, 'MEMBER')
                UNION ALL
                SELECT 'schema public'
                FROM pg_catalog.pg_namespace AS n
                LEFT JOIN pg_catalog.pg_init_privs AS i
                    ON i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = n.oid AND i.objsubid = 0
                WHERE n.nspname = 'public' AND NOT pg_catalog.pg_has_role(n.nspowner, 'MEMBER')
                    AND pg_catalog.pg_get_userbyid(n.nspowner) <> 'pg_database_owner'
                    AND (pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 150000
                        OR n.nspacl::pg_catalog.text IS DISTINCT FROM i.initprivs::pg_catalog.text)) AS held), 'can be given')
        END,
        'A superuser makes the clone, or give --no-owner: owners and grants are then not compared.'
    FROM session
    UNION ALL
    -- With template0 the clone gets nothing from the site's own template. Encoding and locale are those of the source, for every provider.
    SELECT 9, 'statement', 'create', NULL, pg_catalog.concat_ws(' ',
            pg_catalog.format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', session.name, source.encoding,
                source.facts ->> 'datcollate', source.facts ->> 'datctype'),
            CASE source.facts ->> 'datlocprovider'
                WHEN 'i' THEN pg_catalog.format('LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(source.facts ->> 'datlocale', source.facts ->> 'daticulocale'))
                WHEN 'b' THEN pg_catalog.format('LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', source.facts ->> 'datlocale')
            END), NULL
    FROM session CROSS JOIN source
    UNION ALL
    SELECT 10, 'statement', 'close', NULL, pg_catalog.format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', session.name), NULL FROM session
    UNION ALL
    -- The session user may act as the clone's owner without inheriting its rights, and still needs the right to connect.
    SELECT 10, 'statement', 'open', NULL, pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', session.name, SESSION_USER), NULL
    FROM session
    WHERE SESSION_USER <> CURRENT_USER
    UNION ALL
    SELECT 12, 'statement', 'setting', NULL, pg_catalog.format(
            'BEGIN; SELECT pg_catalog.set_config(%L, %L, true); ALTER %s SET %s FROM CURRENT; COMMIT',
            setting.name, setting.value,
            CASE
                WHEN setting.setrole = 0 THEN pg_catalog.format('DATABASE %I', session.name)
                ELSE pg_catalog.format('ROLE %I IN DATABASE %I', pg_catalog.pg_get_userbyid(setting.setrole), session.name)
            END,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(part.name), '.' ORDER BY part.place)
                FROM pg_catalog.unnest(pg_catalog.string_to_array(setting.name, '.')) WITH ORDINALITY AS part (name, place))), setting.name
    FROM session CROSS JOIN setting
    UNION ALL
    SELECT 11, 'statement', 'mark', NULL, pg_catalog.format('COMMENT ON DATABASE %I IS %L', session.name, pg_catalog.format(
        'Clone of %s, NOT COMPLETE: oneroof clone create was under way or was killed. Remove it: oneroof clone drop --name %s', pg_catalog.current_database(), session.name)), NULL
    FROM session
    UNION ALL
    SELECT 12, 'statement', 'complete', NULL, pg_catalog.format('COMMENT ON DATABASE %I IS %L', session.name, pg_catalog.format(
        'Clone of %s, made by oneroof clone create. Remove it: oneroof clone drop --name %s', pg_catalog.current_database(), session.name)), NULL
    FROM session
    UNION ALL
    SELECT 13, 'statement', 'drop', NULL, pg_catalog.format('DROP DATABASE IF EXISTS %I', session.name), NULL FROM session
    UNION ALL
    SELECT 13, 'statement', 'discard', NULL, pg_catalog.format('DROP DATABASE IF EXISTS %I WITH (FORCE)', session.name), NULL FROM session
    UNION ALL
    SELECT 14, 'version', 'extension ' || extension.name, NULL,
        pg_catalog.format('extension %s has version %s in the source and %s in the clone', extension.name, extension.source_version, extension.version), NULL
    FROM extension
    WHERE extension.version <> extension.source_version
    UNION ALL
    SELECT 15, 'size', 'source', NULL, pg_catalog.pg_database_size(pg_catalog.current_database())::text, NULL
)
SELECT fact.kind, fact.name, fact.expected, fact.actual, fact.hint
FROM fact
ORDER BY fact.place;
