owned (object, part, acl, kind, owner) AS (
    SELECT class.object, 'grants', class.relacl, CASE class.relkind WHEN 'S' THEN 's' ELSE 'r' END, class.relowner
    FROM present_relation AS class
    UNION ALL
    SELECT present_column.object, 'grants.' || present_column.attname, present_column.attacl, 'c', present_column.relowner
    FROM present_column
    UNION ALL
    SELECT present.object, 'grants', routine.proacl, 'f', routine.proowner
    FROM present JOIN pg_catalog.pg_proc AS routine ON routine.oid = present.routine
    UNION ALL
    SELECT present.object, 'grants', kind.typacl, 'T', kind.typowner
    FROM present JOIN pg_catalog.pg_type AS kind ON kind.oid = present.type
    UNION ALL
    SELECT present.object, 'grants', space.nspacl, 'n', space.nspowner
    FROM present JOIN pg_catalog.pg_namespace AS space ON space.oid = present.schema
), granted (object, part, given, usual) AS (
    -- The privileges of PUBLIC and of each role other than the owner. For a role, the name of the part ends with the name of the role. usual
    -- holds the privileges that this kind of object has by default.
    SELECT owned.object, owned.part || CASE who.grantee WHEN 0 THEN '' ELSE ' to ' || pg_catalog.pg_get_userbyid(who.grantee)::text END,
        who.given, who.usual
    FROM owned
    CROSS JOIN LATERAL (
        SELECT one.grantee, pg_catalog.string_agg(one.words, ' ' ORDER BY one.words COLLATE "C") FILTER (WHERE one.is_given),
            pg_catalog.string_agg(one.words, ' ' ORDER BY one.words COLLATE "C") FILTER (WHERE NOT one.is_given)
        FROM (
            SELECT here.grantee, pg_catalog.concat(CASE here.grantee WHEN 0 THEN 'PUBLIC:' ELSE '' END, here.privilege_type,
                CASE WHEN here.is_grantable THEN '*' END), true
            FROM pg_catalog.aclexplode(owned.acl) AS here
            UNION ALL
            SELECT here.grantee, 'PUBLIC:' || here.privilege_type, false
            FROM pg_catalog.aclexplode(pg_catalog.acldefault(owned.kind::"char", owned.owner)) AS here
        ) AS one (grantee, words, is_given)
        WHERE one.grantee <> owned.owner
        GROUP BY one.grantee
    ) AS who (grantee, given, usual)
    WHERE owned.acl IS NOT NULL
    UNION ALL
    SELECT owned.object, 'owner', pg_catalog.pg_get_userbyid(owned.owner)::text, NULL
    FROM owned
    WHERE owned.part = 'grants'
)
