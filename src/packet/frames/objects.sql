{{name}} (object, relation, routine, type, schema) AS (
    SELECT {{from}}.object,
        CASE WHEN {{from}}.object !~ '[( ]' THEN {{relation}} END::oid,
        CASE WHEN {{from}}.object LIKE '%(%' THEN (
            -- Before PostgreSQL 16, to_regprocedure fails if the type of an argument does not exist.
            SELECT f.oid
            FROM pg_catalog.pg_proc AS f
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
            WHERE f.proname = pg_catalog.split_part(pg_catalog.split_part({{from}}.object, '(', 1), '.', 2)::name
                AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = {{from}}.object) END,
        CASE WHEN {{from}}.object LIKE 'type %' THEN {{type}} END::oid,
        CASE WHEN {{from}}.object LIKE 'schema %' THEN pg_catalog.to_regnamespace(pg_catalog.quote_ident(pg_catalog.substr({{from}}.object, 8))) END::oid
    FROM {{from}}
)
