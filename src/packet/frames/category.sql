CASE
        WHEN t.typcategory = 'S' AND t.oid <> 'pg_catalog."char"'::pg_catalog.regtype THEN 'string'
        WHEN base.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace THEN 'any'
        WHEN base.typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') THEN 'number'
        WHEN base.typname IN ('timestamp', 'timestamptz') THEN 'timestamp'
        WHEN base.typname IN ('json', 'jsonb') THEN 'json'
        WHEN base.typname = 'bool' THEN 'boolean'
        WHEN base.typname = 'uuid' THEN 'uuid'
        ELSE 'any'
    END
