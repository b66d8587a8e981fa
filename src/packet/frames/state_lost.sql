    UNION ALL
    -- The tier or its rollback drops these objects and creates them again. What others added to them would be lost.
    SELECT pg_catalog.format('%s of %s would be lost, %s', pg_catalog.translate(live.part, '.~', '  '), live.object, remade.why)
    FROM live
    JOIN remade ON remade.object = live.object AND NOT remade.stays
    WHERE live.part !~ '^(grants(~|$)|owner$)'
        AND NOT EXISTS (SELECT FROM ground WHERE ground.object = live.object AND ground.part = live.part)
        AND NOT EXISTS (SELECT FROM expected WHERE expected.object = live.object AND expected.part = live.part)
    UNION ALL
    -- The roles that may use a column of the table under this name now, but would have no right on the new view or on that column of it.
    SELECT pg_catalog.format('%s of %s would be lost, %s', pg_catalog.translate(live.part, '.~', '  '), live.object, remade.why)
    FROM live
    JOIN remade ON remade.object = live.object AND remade.stays
    WHERE live.part LIKE 'grants.%' AND NOT EXISTS (
        SELECT FROM part
        WHERE part.source = 'shipped' AND part.object = live.object
            AND part.part IN (live.part, pg_catalog.regexp_replace(live.part, '^grants\.[^~]*', 'grants')))
    UNION ALL
    (
    WITH replaced AS (
        SELECT remade.object, remade.stays, remade.why, place.catalog, place.oid, place.owner, place.acl, place.kind,
            place.default_kind, place.space
        FROM remade
        JOIN present ON present.object = remade.object
        CROSS JOIN LATERAL (
            SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relowner, c.relacl,
                CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END, CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END, c.relnamespace
            FROM pg_catalog.pg_class AS c WHERE c.oid = present.relation
            UNION ALL
            SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f.oid, f.proowner, f.proacl, 'f', 'f', f.pronamespace
            FROM pg_catalog.pg_proc AS f WHERE f.oid = present.routine
            UNION ALL
            SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typowner, t.typacl, 'T', 'T', t.typnamespace
            FROM pg_catalog.pg_type AS t WHERE t.oid = present.type
        ) AS place (catalog, oid, owner, acl, kind, default_kind, space)
    ), maker (oid) AS (
        SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
    ), given AS (
        -- is_now: the privileges that other roles have now. Not is_now: the privileges that they have by default on the new object.
        SELECT replaced.object, one.grantee, one.privilege_type, true AS is_now
        FROM replaced
        CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(replaced.acl, pg_catalog.acldefault(replaced.kind::"char", replaced.owner))) AS one
        WHERE one.grantee <> replaced.owner
        UNION
        SELECT replaced.object, one.grantee, one.privilege_type, false
        FROM replaced
        CROSS JOIN maker
        LEFT JOIN pg_catalog.pg_default_acl AS everywhere
            ON everywhere.defaclrole = maker.oid AND everywhere.defaclnamespace = 0 AND everywhere.defaclobjtype = replaced.default_kind::"char"
        LEFT JOIN pg_catalog.pg_default_acl AS here
            ON here.defaclrole = maker.oid AND here.defaclnamespace = replaced.space AND here.defaclobjtype = replaced.default_kind::"char"
        CROSS JOIN LATERAL (
            SELECT a.grantee, a.privilege_type
            FROM pg_catalog.aclexplode(coalesce(everywhere.defaclacl, pg_catalog.acldefault(replaced.kind::"char", maker.oid))) AS a
            UNION
            SELECT a.grantee, a.privilege_type FROM pg_catalog.aclexplode(here.defaclacl) AS a
        ) AS one
        WHERE one.grantee <> maker.oid
    ), changed AS (
        SELECT given.object, given.grantee, pg_catalog.bool_or(given.is_now) AS is_now
        FROM (
            SELECT given.object, given.grantee, given.privilege_type, pg_catalog.bool_or(given.is_now) AS is_now
            FROM given
            GROUP BY given.object, given.grantee, given.privilege_type
            HAVING pg_catalog.count(DISTINCT given.is_now) = 1
        ) AS given
        GROUP BY given.object, given.grantee
    )
    SELECT pg_catalog.format(
        CASE WHEN changed.is_now THEN 'grants to %s of %s would be lost, %s'
            ELSE 'default privileges would give %s more rights on %s, %s' END,
        CASE changed.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(changed.grantee)::text END, changed.object, remade.why)
    FROM changed
    JOIN remade ON remade.object = changed.object
    CROSS JOIN LATERAL (
        SELECT pg_catalog.translate(
            'grants' || CASE changed.grantee WHEN 0 THEN '' ELSE ' to ' || pg_catalog.pg_get_userbyid(changed.grantee)::text END, ' :/', '~~~')
    ) AS named (part)
    -- The tier grants these again itself, and its state compares them.
    WHERE NOT EXISTS (SELECT FROM ground WHERE ground.object = changed.object AND ground.part = named.part)
        AND NOT EXISTS (
            SELECT FROM part WHERE part.source = 'shipped' AND part.object = changed.object AND part.part = named.part)
    UNION ALL
    SELECT pg_catalog.format('the owner of %s would change from %s to %s, %s',
        replaced.object, pg_catalog.pg_get_userbyid(replaced.owner), current_user, replaced.why)
    FROM replaced
    CROSS JOIN maker
    WHERE replaced.owner <> maker.oid
    UNION ALL
    SELECT pg_catalog.format('%s %s depends on %s, which the tier or its rollback drops and creates again',
        identified.type, identified.identity, replaced.object)
    FROM replaced
    JOIN pg_catalog.pg_depend AS depend
        ON depend.refclassid = replaced.catalog AND depend.refobjid = replaced.oid AND depend.deptype = 'n'
    LEFT JOIN pg_catalog.pg_rewrite AS rule
        ON depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rule.oid = depend.objid
    LEFT JOIN pg_catalog.pg_constraint AS held
        ON depend.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND held.oid = depend.objid
    LEFT JOIN pg_catalog.pg_attrdef AS fallback
        ON depend.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND fallback.oid = depend.objid
    LEFT JOIN pg_catalog.pg_trigger AS trigger
        ON depend.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND trigger.oid = depend.objid
    LEFT JOIN pg_catalog.pg_policy AS policy
        ON depend.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND policy.oid = depend.objid
    -- A view is reported under its own name, not under the name of its rewrite rule.
    CROSS JOIN LATERAL (
        SELECT CASE WHEN rule.rulename = '_RETURN' THEN 'pg_catalog.pg_class'::pg_catalog.regclass::oid ELSE depend.classid END,
            CASE WHEN rule.rulename = '_RETURN' THEN rule.ev_class ELSE depend.objid END,
            coalesce(rule.ev_class, nullif(held.conrelid, 0), fallback.adrelid, trigger.tgrelid, policy.polrelid, depend.objid)
    ) AS dependent (catalog, oid, owner)
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(dependent.catalog, dependent.oid, 0) AS identified
    -- Some dependent objects are no obstacle, because the SQL of the tier handles them: those in tables that the tier changes or locks, and
    -- those that another tier of the packet creates.
    WHERE NOT replaced.stays AND (dependent.owner = ANY (ARRAY[{{touched}}]::oid[])) IS NOT TRUE AND NOT EXISTS (
        SELECT FROM present WHERE dependent.owner IN (present.relation, present.routine, present.type) OR held.contypid = present.type)
        AND NOT EXISTS (
            SELECT FROM other JOIN fellow ON fellow.object = other.object AND fellow.own
            WHERE dependent.owner IN (other.relation, other.routine, other.type))
    )
