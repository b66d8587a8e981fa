-- The number of catalog rows that this transaction made, one row for each catalog. Run at the end of every tier. It reads only catalogs in
-- which a change may leave no lock, for example by GRANT, CREATE FUNCTION, ALTER DEFAULT PRIVILEGES or ALTER ROLE ... SET. All other
-- changes leave a lock, which locks.sql shows: a comment, a trigger, a rule, an index, and every DROP. The server's counters
-- (catalog_writes in identity.sql) are an independent source for the same facts, but a superuser's function can switch the counters off. It
-- cannot hide these rows. age() counts from the current transaction id. 0 is the current transaction. A negative age is a subtransaction of
-- ours, or a later transaction of another session that has committed, because otherwise its rows would not be visible. Below the upper
-- bound of the snapshot, pg_xact_status tells the two apart. At or above this bound no transaction of another session can be visible, so
-- the row was made by a subtransaction of ours, which is only a little younger than our transaction. A frozen row keeps its very old id,
-- which may look like a much later one, so a large negative age is not ours.
SELECT found.catalog, pg_catalog.count(*) AS made
FROM (
    SELECT 'pg_class' AS catalog, pg_catalog.age(t.xmin) AS age FROM pg_catalog.pg_class AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_attribute', pg_catalog.age(t.xmin) FROM pg_catalog.pg_attribute AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_type', pg_catalog.age(t.xmin) FROM pg_catalog.pg_type AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_proc', pg_catalog.age(t.xmin) FROM pg_catalog.pg_proc AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_namespace', pg_catalog.age(t.xmin) FROM pg_catalog.pg_namespace AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_default_acl', pg_catalog.age(t.xmin) FROM pg_catalog.pg_default_acl AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_db_role_setting', pg_catalog.age(t.xmin) FROM pg_catalog.pg_db_role_setting AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_auth_members', pg_catalog.age(t.xmin) FROM pg_catalog.pg_auth_members AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_database', pg_catalog.age(t.xmin) FROM pg_catalog.pg_database AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_shdescription', pg_catalog.age(t.xmin) FROM pg_catalog.pg_shdescription AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_event_trigger', pg_catalog.age(t.xmin) FROM pg_catalog.pg_event_trigger AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_extension', pg_catalog.age(t.xmin) FROM pg_catalog.pg_extension AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_operator', pg_catalog.age(t.xmin) FROM pg_catalog.pg_operator AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_opclass', pg_catalog.age(t.xmin) FROM pg_catalog.pg_opclass AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_opfamily', pg_catalog.age(t.xmin) FROM pg_catalog.pg_opfamily AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_cast', pg_catalog.age(t.xmin) FROM pg_catalog.pg_cast AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_collation', pg_catalog.age(t.xmin) FROM pg_catalog.pg_collation AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_conversion', pg_catalog.age(t.xmin) FROM pg_catalog.pg_conversion AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_enum', pg_catalog.age(t.xmin) FROM pg_catalog.pg_enum AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_language', pg_catalog.age(t.xmin) FROM pg_catalog.pg_language AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_policy', pg_catalog.age(t.xmin) FROM pg_catalog.pg_policy AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_publication', pg_catalog.age(t.xmin) FROM pg_catalog.pg_publication AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_publication_rel', pg_catalog.age(t.xmin) FROM pg_catalog.pg_publication_rel AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_foreign_data_wrapper', pg_catalog.age(t.xmin) FROM pg_catalog.pg_foreign_data_wrapper AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_foreign_server', pg_catalog.age(t.xmin) FROM pg_catalog.pg_foreign_server AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_foreign_table', pg_catalog.age(t.xmin) FROM pg_catalog.pg_foreign_table AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_largeobject_metadata', pg_catalog.age(t.xmin) FROM pg_catalog.pg_largeobject_metadata AS t WHERE pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT 'pg_tablespace', pg_catalog.age(t.xmin) FROM pg_catalog.pg_tablespace AS t WHERE pg_catalog.age(t.xmin) <= 0
) AS found
CROSS JOIN (
    SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - pg_catalog.pg_current_xact_id()::text::bigint
) AS ended (below)
WHERE CASE
    WHEN found.age = 0 THEN true
    WHEN -found.age < ended.below
        THEN pg_catalog.pg_xact_status((pg_catalog.pg_current_xact_id()::text::bigint - found.age)::text::pg_catalog.xid8) = 'in progress'
    ELSE -found.age < 1000
END
GROUP BY found.catalog
ORDER BY found.catalog;
