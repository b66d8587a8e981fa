-- Can this role clone this database under this name? It only reads. Settings: oneroof.clone_name, and oneroof.clone_no_owner ('on' if
-- owners and grants are not copied). Each row is one fact. Its kind is check (expected and actual value), statement (SQL that creates,
-- closes, marks, sets or drops the clone; for a setting the hint is its name), or size (bytes of the source).
DO $oneroof$
BEGIN
    -- The program has already rejected a wrong name. This test is for people who run these statements by hand.
    IF coalesce(pg_catalog.current_setting('oneroof.clone_name', true), '') !~ '^directus_gov_test_[0-9]{8}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR002', MESSAGE = 'the name of a clone is directus_gov_test_ and eight digits',
            HINT = 'For example directus_gov_test_20260602.';
    END IF;
END
$oneroof$;
WITH said AS (
    SELECT pg_catalog.current_setting('oneroof.clone_name') AS name,
        coalesce(pg_catalog.current_setting('oneroof.clone_no_owner', true), '') = 'on' AS no_owner,
        r.rolsuper AS super, r.rolcreatedb AS createdb
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = CURRENT_USER
), object (kind, name, owner, acl_ok) AS (
    SELECT 'relation', pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner,
        CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'function', pg_catalog.format('%I.%I', n.nspname, f.proname), f.proowner, true
    FROM pg_catalog.pg_proc AS f
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'schema', pg_catalog.quote_ident(n.nspname), n.nspowner, pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
    UNION ALL
    -- The right to read all tables does not include large objects. With lo_compat_privileges on, the server requires no right for them.
    SELECT 'large object', 'large object ' || o.oid, o.lomowner,
        pg_catalog.pg_has_role(o.lomowner, 'USAGE') OR pg_catalog.current_setting('lo_compat_privileges') = 'on' OR EXISTS (
            SELECT FROM pg_catalog.aclexplode(o.lomacl) AS g
            WHERE g.privilege_type = 'SELECT' AND (g.grantee = 0 OR pg_catalog.pg_has_role(g.grantee, 'USAGE')))
    FROM pg_catalog.pg_largeobject_metadata AS o
    UNION ALL
    SELECT 'default privileges', 'default privileges of ' || pg_catalog.pg_get_userbyid(d.defaclrole), d.defaclrole, true
    FROM pg_catalog.pg_default_acl AS d
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
        CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_database AS d WHERE d.datname = said.name) THEN 'there' ELSE 'absent' END,
        'A clone of that name exists already. Remove it with oneroof clone drop, or give another --name.'
    FROM said
    UNION ALL
    SELECT 3, 'check', 'privilege.createdb', 'yes', CASE WHEN said.super OR said.createdb THEN 'yes' ELSE 'no' END,
        pg_catalog.format('An administrator grants it: ALTER ROLE %I CREATEDB.', CURRENT_USER)
    FROM said
    UNION ALL
    SELECT 4, 'check', 'privilege.read', 'everything', coalesce(
        (SELECT 'not ' || pg_catalog.string_agg(object.name, ', ' ORDER BY object.name) FROM object WHERE NOT object.acl_ok), 'everything'),
        'A dump reads every table, sequence and large object; their owners grant SELECT, or a superuser makes the clone.'
    UNION ALL
    SELECT 5, 'check', 'privilege.owners', 'member of all', CASE
        WHEN said.super OR said.no_owner THEN 'member of all'
        ELSE coalesce((
            SELECT 'not of ' || pg_catalog.string_agg(DISTINCT pg_catalog.pg_get_userbyid(object.owner)::text, ', ')
            FROM object WHERE NOT pg_catalog.pg_has_role(object.owner, 'MEMBER')), 'member of all')
        END,
        'A restore gives every object to its owner. Ask for membership in these roles, or give --no-owner: owners and grants are then not compared.'
    FROM said
    UNION ALL
    SELECT 6, 'check', 'extensions', 'can be created', CASE
        WHEN EXISTS (SELECT FROM pg_catalog.pg_extension AS x WHERE x.extname = 'pg_cron') THEN 'bound to this database: pg_cron'
        WHEN said.super THEN 'can be created'
        ELSE coalesce((
            SELECT 'need a superuser: ' || pg_catalog.string_agg(x.extname::text, ', ' ORDER BY x.extname)
            FROM pg_catalog.pg_extension AS x
            LEFT JOIN pg_catalog.pg_available_extension_versions AS known ON known.name = x.extname AND known.version = x.extversion
            WHERE x.extname <> 'plpgsql' AND known.trusted IS NOT TRUE), 'can be created')
        END,
        'Extensions that are not trusted need a superuser; one that is bound to a database cannot be in another. Clone a copy without it.'
    FROM said
    UNION ALL
    SELECT 7, 'check', 'event_triggers', 'none', CASE
        WHEN said.super THEN 'none'
        ELSE coalesce((SELECT pg_catalog.string_agg(e.evtname::text, ', ' ORDER BY e.evtname) FROM pg_catalog.pg_event_trigger AS e), 'none')
        END,
        'Only a superuser restores event triggers.'
    FROM said
    UNION ALL
    SELECT 8, 'check', 'languages', 'trusted', CASE
        WHEN said.super THEN 'trusted'
        ELSE coalesce((
            SELECT 'need a superuser: ' || pg_catalog.string_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, f.proname), ', ')
            FROM pg_catalog.pg_proc AS f
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang AND NOT l.lanpltrusted AND l.lanname <> 'sql'
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e')), 'trusted')
        END,
        'Functions in languages that are not trusted need a superuser.'
    FROM said
    UNION ALL
    -- A restore grants as the owner of the object, so it cannot restore a grant that another role gave. It cannot restore grants on schema
    -- public either, unless this role is a member of its owner. If pg_database_owner owns the schema, the creator of the clone is a member.
    SELECT 8, 'check', 'privilege.grants', 'can be given', CASE
        WHEN said.super OR said.no_owner THEN 'can be given'
        ELSE coalesce((
            SELECT 'need a superuser: ' || pg_catalog.string_agg(DISTINCT held.name, ', ' ORDER BY held.name)
            FROM (
                SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
                FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS g
                WHERE g.grantor <> c.relowner
                UNION ALL
                SELECT pg_catalog.format('%I.%I', n.nspname, f.proname)
                FROM pg_catalog.pg_proc AS f
                JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                CROSS JOIN LATERAL pg_catalog.aclexplode(f.proacl) AS g
                WHERE g.grantor <> f.proowner
                UNION ALL
                SELECT 'schema ' || pg_catalog.quote_ident(n.nspname)
                FROM pg_catalog.pg_namespace AS n
                CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS g
                WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND g.grantor <> n.nspowner
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
    FROM said
    UNION ALL
    -- With template0 the clone gets nothing from the site's own template. Encoding and locale are those of the source, for every provider.
    SELECT 9, 'statement', 'create', NULL, pg_catalog.concat_ws(' ',
            pg_catalog.format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', said.name, source.encoding,
                source.facts ->> 'datcollate', source.facts ->> 'datctype'),
            CASE source.facts ->> 'datlocprovider'
                WHEN 'i' THEN pg_catalog.format('LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(source.facts ->> 'datlocale', source.facts ->> 'daticulocale'))
                WHEN 'b' THEN pg_catalog.format('LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', source.facts ->> 'datlocale')
            END), NULL
    FROM said CROSS JOIN source
    UNION ALL
    SELECT 10, 'statement', 'close', NULL, pg_catalog.format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', said.name), NULL FROM said
    UNION ALL
    -- The session user may act as the clone's owner without inheriting its rights, and still needs the right to connect.
    SELECT 10, 'statement', 'open', NULL, pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', said.name, SESSION_USER), NULL
    FROM said
    WHERE SESSION_USER <> CURRENT_USER
    UNION ALL
    SELECT 12, 'statement', 'setting', NULL, pg_catalog.format(
            'BEGIN; SELECT pg_catalog.set_config(%L, %L, true); ALTER %s SET %s FROM CURRENT; COMMIT',
            setting.name, setting.value,
            CASE
                WHEN setting.setrole = 0 THEN pg_catalog.format('DATABASE %I', said.name)
                ELSE pg_catalog.format('ROLE %I IN DATABASE %I', pg_catalog.pg_get_userbyid(setting.setrole), said.name)
            END,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(part.name), '.' ORDER BY part.place)
                FROM pg_catalog.unnest(pg_catalog.string_to_array(setting.name, '.')) WITH ORDINALITY AS part (name, place))), setting.name
    FROM said CROSS JOIN setting
    UNION ALL
    SELECT 11, 'statement', 'mark', NULL, pg_catalog.format('COMMENT ON DATABASE %I IS %L', said.name, pg_catalog.format(
        'Clone of %s, NOT COMPLETE: oneroof clone create was under way or was killed. Remove it: oneroof clone drop --name %s', pg_catalog.current_database(), said.name)), NULL
    FROM said
    UNION ALL
    SELECT 12, 'statement', 'complete', NULL, pg_catalog.format('COMMENT ON DATABASE %I IS %L', said.name, pg_catalog.format(
        'Clone of %s, made by oneroof clone create. Remove it: oneroof clone drop --name %s', pg_catalog.current_database(), said.name)), NULL
    FROM said
    UNION ALL
    SELECT 13, 'statement', 'drop', NULL, pg_catalog.format('DROP DATABASE IF EXISTS %I', said.name), NULL FROM said
    UNION ALL
    SELECT 13, 'statement', 'discard', NULL, pg_catalog.format('DROP DATABASE IF EXISTS %I WITH (FORCE)', said.name), NULL FROM said
    UNION ALL
    SELECT 14, 'size', 'source', NULL, pg_catalog.pg_database_size(pg_catalog.current_database())::text, NULL
)
SELECT fact.kind, fact.name, fact.expected, fact.actual, fact.hint
FROM fact
ORDER BY fact.place;
