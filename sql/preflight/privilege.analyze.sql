SELECT 'privilege.analyze', 'warning', 'may ANALYZE',
    pg_catalog.format('SELECT %L', (
        SELECT CASE
            WHEN pg_catalog.pg_has_role(found.relowner, 'USAGE')
                OR pg_catalog.pg_has_role((SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()), 'USAGE')
                THEN 'may ANALYZE'
            WHEN pg_catalog.current_setting('server_version_num')::int >= 170000 THEN
                CASE WHEN pg_catalog.has_table_privilege(found.oid, 'MAINTAIN') THEN 'may ANALYZE' ELSE 'may not: neither owner nor MAINTAIN' END
            ELSE 'may not: not the owner'
        END
        FROM found WHERE found.object = 'governance_object_ownership' AND found.oid IS NOT NULL)),
    'Without this right the server skips ANALYZE of public.governance_object_ownership. Nothing fails, but plans may be worse until autovacuum runs.'
