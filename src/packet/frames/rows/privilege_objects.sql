                ('privilege.objects', 'error', 'owned by this role', $q$
SELECT coalesce(pg_catalog.string_agg(held.name || ' is owned by ' || pg_catalog.pg_get_userbyid(held.owner), ', ' ORDER BY held.name COLLATE "C"),
    'owned by this role')
FROM (
    SELECT wanted.name, f.proowner
    FROM (VALUES {{reworked}}) AS wanted (kind, name)
    JOIN pg_catalog.pg_proc AS f
        ON f.proname = pg_catalog.split_part(pg_catalog.split_part(wanted.name, '(', 1), '.', 2)::name
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    WHERE wanted.kind = 'function'
        AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = wanted.name
    UNION ALL
    SELECT 'type ' || wanted.name, t.typowner
    FROM (VALUES {{reworked}}) AS wanted (kind, name)
    JOIN pg_catalog.pg_type AS t ON wanted.kind = 'type' AND t.oid = pg_catalog.to_regtype(wanted.name)
    UNION ALL
    SELECT 'schema ' || wanted.name, n.nspowner
    FROM (VALUES {{reworked}}) AS wanted (kind, name)
    JOIN pg_catalog.pg_namespace AS n ON wanted.kind = 'schema' AND n.nspname = wanted.name::name
    UNION ALL
    SELECT wanted.name, c.relowner
    FROM (VALUES {{reworked}}) AS wanted (kind, name)
    JOIN pg_catalog.pg_class AS c ON wanted.kind = 'relation' AND c.oid = pg_catalog.to_regclass(wanted.name)
) AS held (name, owner)
WHERE NOT pg_catalog.pg_has_role(held.owner, 'USAGE')
$q$,
                    'Only its owner may change this object. The owner hands it over with ALTER ... OWNER TO, or grants membership to the role that runs the release.')
