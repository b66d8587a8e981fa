-- include: reach
-- The expressions that the server computes when it reads a prerequisite view: those of the view itself, and the constraints of the domains
-- that the view casts to.
tree (object, text) AS MATERIALIZED (
    SELECT reached.object, w.ev_action::text
    FROM reached
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = reached.oid AND w.rulename = '_RETURN'
    WHERE reached.relkind = 'v'
),
computed (object, tree) AS (
    SELECT tree.object, tree.text FROM tree
    UNION ALL
    SELECT tree.object, k.conbin::text
    FROM tree
    CROSS JOIN LATERAL pg_catalog.regexp_matches(tree.text, 'COERCE[T]ODOMAIN .*?:resulttype ([0-9]+) :', 'g') AS domain (id)
    JOIN pg_catalog.pg_constraint AS k ON k.contypid = domain.id[1]::oid AND k.conbin IS NOT NULL
),
-- include: called
