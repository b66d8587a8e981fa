packet (object, relation, routine, type, schema) AS (
    SELECT shipped.object,
        CASE WHEN shipped.object !~ '[( ]' THEN pg_catalog.to_regclass(shipped.object) END::oid,
        CASE WHEN shipped.object LIKE '%(%' THEN (
            -- Not to_regprocedure: before 16 it fails where the type of an argument is not there.
            SELECT f.oid
            FROM pg_catalog.pg_proc AS f
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
            WHERE f.proname::text = pg_catalog.split_part(pg_catalog.split_part(shipped.object, '(', 1), '.', 2)
                AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = shipped.object) END,
        CASE WHEN shipped.object LIKE 'type %' THEN pg_catalog.to_regtype(pg_catalog.substr(shipped.object, 6)) END::oid,
        CASE WHEN shipped.object LIKE 'schema %' THEN pg_catalog.to_regnamespace(pg_catalog.substr(shipped.object, 8)) END::oid
    FROM shipped
)
