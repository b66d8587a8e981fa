-- The whole database as text, for servers that are newer than the available pg_dump.
--
-- psql alone runs this file. Equal databases give equal text. The text has every object that does not belong to the system, with its
-- definition, owner, privileges and comment, every sequence with its position, and every row. It must not contain oids or transaction ids,
-- because they differ between equal databases.

SET search_path = '';
SET bytea_output = 'hex';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'iso_8601';
SET TimeZone = 'UTC';
SET extra_float_digits = 3;

BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;

WITH ours AS (
    SELECT relation.*, space.nspname, format('%I.%I', space.nspname, relation.relname) AS name
    FROM pg_catalog.pg_class AS relation
    JOIN pg_catalog.pg_namespace AS space ON space.oid = relation.relnamespace
    WHERE space.nspname !~ '^pg_' AND space.nspname <> 'information_schema'
)
SELECT whole.text
FROM (
    SELECT 'schema ' || nspname, nspowner::regrole::text, nspacl::text, obj_description(oid, 'pg_namespace')
    FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'database ' || format('%s %s %s %s', encoding, datcollate, datctype, datconnlimit), datdba::regrole::text, datacl::text,
        nullif(shobj_description(oid, 'pg_database'), 'made by the tests of oneroof; they remove it')
    FROM pg_catalog.pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'setting ' || format('%s %s', setrole::regrole, setconfig), '', '', NULL
    FROM pg_catalog.pg_db_role_setting
    WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
    UNION ALL
    SELECT 'extension ' || format('%s %s', extname, extversion), extowner::regrole::text, '', NULL
    FROM pg_catalog.pg_extension
    UNION ALL
    SELECT 'relation ' || format('%s %s %s %s %s %s %s', name, relkind, relpersistence, reloptions, relrowsecurity, relforcerowsecurity, relreplident),
        relowner::regrole::text, relacl::text, obj_description(oid, 'pg_class')
    FROM ours
    UNION ALL
    SELECT 'column ' || format('%s %s %I %s %s %s %s %s %s %s %s', name, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
        attidentity, attgenerated, attstorage, attoptions, collname, pg_get_expr(adbin, adrelid)), '', attacl::text, col_description(attrelid, attnum)
    FROM ours
    JOIN pg_catalog.pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = attcollation
    UNION ALL
    SELECT 'constraint ' || format('%s %s %I %s', conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(c.oid)), '', '',
        obj_description(c.oid, 'pg_constraint')
    FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_namespace AS s ON s.oid = connamespace AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(indexrelid) || format(' %s %s', indisvalid, indisclustered), '', '', NULL
    FROM ours JOIN pg_catalog.pg_index ON indexrelid = ours.oid
    UNION ALL
    SELECT 'view ' || format('%s %s', name, pg_get_viewdef(oid)), '', '', NULL FROM ours WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT 'rule ' || pg_get_ruledef(r.oid) || ev_enabled::text, '', '', NULL
    FROM ours JOIN pg_catalog.pg_rewrite AS r ON ev_class = ours.oid AND rulename <> '_RETURN'
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(t.oid) || tgenabled::text, '', '', obj_description(t.oid, 'pg_trigger')
    FROM ours JOIN pg_catalog.pg_trigger AS t ON tgrelid = ours.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'policy ' || format('%s %I %s %s %s %s %s', name, polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
        pg_get_expr(polwithcheck, polrelid)), '', '', NULL
    FROM ours JOIN pg_catalog.pg_policy ON polrelid = ours.oid
    UNION ALL
    SELECT 'statistics ' || pg_get_statisticsobjdef(s.oid), stxowner::regrole::text, '', NULL
    FROM ours JOIN pg_catalog.pg_statistic_ext AS s ON stxrelid = ours.oid
    UNION ALL
    SELECT 'inherits ' || format('%s %s', inhrelid::regclass, inhparent::regclass), '', '', NULL FROM pg_catalog.pg_inherits
    UNION ALL
    SELECT 'function ' || CASE WHEN prokind = 'a' THEN p.oid::regprocedure::text ELSE pg_get_functiondef(p.oid) END,
        proowner::regrole::text, proacl::text, obj_description(p.oid, 'pg_proc')
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS s ON s.oid = pronamespace AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'type ' || format('%s %s %s %s %s', t.oid::regtype, typtype, format_type(typbasetype, typtypmod), typnotnull, typdefault)
        || format(' %s', (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = t.oid)),
        typowner::regrole::text, typacl::text, obj_description(t.oid, 'pg_type')
    FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS s ON s.oid = typnamespace AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'default rights ' || format('%s %s %s', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype), '', defaclacl::text, NULL
    FROM pg_catalog.pg_default_acl
    UNION ALL
    SELECT 'event trigger ' || format('%I %s %s %s', evtname, evtevent, evtfoid::regproc, evtenabled), evtowner::regrole::text, '', NULL
    FROM pg_catalog.pg_event_trigger
    UNION ALL
    SELECT 'publication ' || format('%I %s', pubname, puballtables), pubowner::regrole::text, '', NULL FROM pg_catalog.pg_publication
    UNION ALL
    SELECT 'sequence ' || format('%I.%I %s', schemaname, sequencename, to_jsonb(s)), '', '', NULL FROM pg_catalog.pg_sequences AS s
    UNION ALL
    SELECT 'large object ' || oid, lomowner::regrole::text, lomacl::text, obj_description(oid, 'pg_largeobject')
    FROM pg_catalog.pg_largeobject_metadata
) AS told (line, owner, rights, comment)
CROSS JOIN LATERAL (SELECT format('%s | owner %s | rights %s | comment %s', told.line, told.owner, told.rights, told.comment)) AS whole (text)
ORDER BY whole.text COLLATE "C";

WITH ours AS (
    SELECT relation.*, space.nspname, format('%I.%I', space.nspname, relation.relname) AS name
    FROM pg_catalog.pg_class AS relation
    JOIN pg_catalog.pg_namespace AS space ON space.oid = relation.relnamespace
    WHERE space.nspname !~ '^pg_' AND space.nspname <> 'information_schema'
)
SELECT format('SELECT %L', 'rows of ' || name), format('COPY %s TO STDOUT', name)
FROM ours
WHERE relkind = 'r' AND relpersistence <> 't'
ORDER BY name COLLATE "C"
\gexec

ROLLBACK;
