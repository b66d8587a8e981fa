WITH RECURSIVE contract (place, object, schema, name, kind, columns, needed, touch) AS (
    VALUES
        -- include: contract
),
found AS MATERIALIZED (
    SELECT contract.*, c.oid, c.relkind, c.relowner, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
    FROM contract
    LEFT JOIN pg_catalog.pg_class AS c
        ON c.relname = contract.name::name
        AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = contract.schema::name)
    ORDER BY contract.place
),
-- Every relation that the prerequisite views read, directly or through other views, and the role that reads it. A view reads as its owner.
-- A view with security_invoker reads as the role that queries it.
reached (object, oid, relkind, reader) AS (
    SELECT found.object, found.oid, found.relkind,
        CASE WHEN found.reloptions::text COLLATE "C" ~* 'security_invoker=(true|on|yes|1)' THEN me.oid ELSE found.relowner END
    FROM found
    CROSS JOIN (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) AS me
    WHERE found.relkind = 'v'
    UNION
    SELECT reached.object, c.oid, c.relkind,
        CASE
            WHEN c.relkind <> 'v' OR c.reloptions::text COLLATE "C" ~* 'security_invoker=(true|on|yes|1)' THEN reached.reader
            ELSE c.relowner
        END
    FROM reached
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid AND w.rulename = '_RETURN'
    JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid AND c.oid <> reached.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    WHERE reached.relkind = 'v'
),
