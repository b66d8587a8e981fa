                ('privilege.objects', 'error', 'owned by this role', $q$
WITH wanted (object) AS (
    VALUES {{reworked}}
), {{wanted_oids}}, held (object, owner) AS (
    SELECT known.object, coalesce(c.relowner, f.proowner, t.typowner, n.nspowner)
    FROM known
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = known.relation
    LEFT JOIN pg_catalog.pg_proc AS f ON f.oid = known.routine
    LEFT JOIN pg_catalog.pg_type AS t ON t.oid = known.type
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = known.schema
)
SELECT coalesce(pg_catalog.string_agg(held.object || ' is owned by ' || pg_catalog.pg_get_userbyid(held.owner), ', ' ORDER BY held.object COLLATE "C"),
    'owned by this role')
FROM held
WHERE NOT pg_catalog.pg_has_role(held.owner, 'USAGE')
$q$,
                    'Only its owner may change this object. The owner hands it over with ALTER ... OWNER TO, or grants membership to the role that runs the release.')
