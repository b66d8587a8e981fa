-- include: reach
-- Row security that could hide rows: from this role on the tables of the contract, or from the role that reads the table below a view.
hidden AS (
    -- The owner of a table sees all its rows unless row security is forced. A role with BYPASSRLS always sees them.
    SELECT found.object, pg_catalog.min(
        CASE WHEN found.relforcerowsecurity THEN 'on, forced' ELSE 'on' END) AS policy
    FROM found
    WHERE found.kind = 'table' AND found.relrowsecurity AND pg_catalog.row_security_active(found.oid)
    GROUP BY found.object
    UNION ALL
    SELECT reached.object, 'on ' || pg_catalog.string_agg(DISTINCT n.nspname || '.' || c.relname, ', ')
    FROM reached
    JOIN pg_catalog.pg_class AS c ON c.oid = reached.oid AND c.relrowsecurity
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS r ON r.oid = reached.reader
    WHERE NOT r.rolsuper AND NOT r.rolbypassrls
        AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(reached.reader, c.relowner, 'USAGE'))
    GROUP BY reached.object
),
-- Locks of other sessions on the relations that a tier locks. On the gate and on written tables, any lock counts. On the tables below a
-- view that is held unchanged, a lock that blocks SHARE counts. On all other relations, only a lock that blocks every reader counts.
holders AS MATERIALIZED (
    SELECT l.pid, l.mode, touched.relation, a.usename, a.state, p.gid,
        CASE
            WHEN l.pid IS NULL OR a.state LIKE 'idle in transaction%' THEN 'error'
            WHEN a.state IS NULL THEN 'warning'
            WHEN l.mode NOT IN ('AccessShareLock', 'RowShareLock') THEN 'warning'
        END AS severity
    FROM (
        SELECT found.oid, found.schema || '.' || found.name AS relation,
            CASE found.touch WHEN 'written' THEN 'any' ELSE 'exclusive' END AS reach
        FROM found WHERE found.oid IS NOT NULL
        UNION
        SELECT reached.oid, n.nspname || '.' || c.relname, 'share'
        FROM reached
        JOIN pg_catalog.pg_class AS c ON c.oid = reached.oid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN found ON found.object = reached.object AND found.touch = 'held'
    ) AS touched
    JOIN pg_catalog.pg_locks AS l ON l.locktype = 'relation' AND l.relation = touched.oid AND l.granted
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
        AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
        AND CASE touched.reach
            WHEN 'any' THEN true
            WHEN 'share' THEN l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock')
            ELSE l.mode = 'AccessExclusiveLock'
        END
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    LEFT JOIN pg_catalog.pg_locks AS x ON l.pid IS NULL AND x.pid IS NULL
        AND x.virtualtransaction = l.virtualtransaction AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'
    LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
),
-- The names that the release needs: those of its own objects, and those of the indexes of its tables. A row of the kind
-- overload names an existing function with its arguments.
packet (schema, name, kind) AS (
    VALUES
        -- include: packet
),
-- Existing objects that have one of these names: a relation of any kind, a type, a function with any arguments, or an index or relation
-- with the name of one of the packet's indexes.
inway (object, what) AS MATERIALIZED (
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname,
        CASE c.relkind
            WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'index'
        END
    FROM packet
    JOIN pg_catalog.pg_namespace AS n ON n.nspname::text = packet.schema
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname::text = packet.name
    WHERE packet.kind NOT IN ('schema', 'overload') AND NOT (c.relkind IN ('i', 'I') AND packet.kind = 'index' AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid AND t.relnamespace = c.relnamespace
        JOIN packet AS ours ON ours.kind = 'relation' AND ours.schema = packet.schema AND ours.name = t.relname::text
        WHERE i.indexrelid = c.oid))
    UNION
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || t.typname, 'type'
    FROM packet
    JOIN pg_catalog.pg_namespace AS n ON n.nspname::text = packet.schema
    JOIN pg_catalog.pg_type AS t ON t.typnamespace = n.oid AND t.typname::text = packet.name AND t.typrelid = 0
    WHERE packet.kind IN ('relation', 'type')
    UNION
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || f.proname,
        'function (' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')'
    FROM packet
    JOIN pg_catalog.pg_namespace AS n ON n.nspname::text = packet.schema
    JOIN pg_catalog.pg_proc AS f ON f.pronamespace = n.oid AND f.proname::text = packet.name
    -- A function that was there when the packet was built, with other arguments, is not in the way.
    WHERE packet.kind IN ('relation', 'function') AND NOT EXISTS (
        SELECT FROM packet AS known
        WHERE known.kind = 'overload' AND known.schema = packet.schema
            AND known.name = pg_catalog.format('%s(%s)', f.proname, pg_catalog.oidvectortypes(f.proargtypes)))
    UNION
    SELECT n.nspname::text, 'schema'
    FROM packet
    JOIN pg_catalog.pg_namespace AS n ON n.nspname::text = packet.name
    WHERE packet.kind = 'schema'
)
