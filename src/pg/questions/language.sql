-- Whether the role that runs the release may use PL/pgSQL. Run at connect. The checks are DO blocks in PL/pgSQL, so without this right they
-- cannot run, and none of them could say so.
SELECT CASE
    WHEN l.oid IS NULL THEN 'no language plpgsql'
    WHEN NOT pg_catalog.has_language_privilege(
        coalesce(
            pg_catalog.to_regrole(pg_catalog.quote_ident(nullif(pg_catalog.current_setting('oneroof.role', true), ''))),
            pg_catalog.to_regrole(pg_catalog.quote_ident(CURRENT_USER)))::oid,
        l.oid,
        'USAGE') THEN 'no USAGE of plpgsql'
    ELSE 'USAGE'
END AS answer
FROM (SELECT pg_catalog.current_database()) AS here
LEFT JOIN pg_catalog.pg_language AS l ON l.lanname = 'plpgsql';
