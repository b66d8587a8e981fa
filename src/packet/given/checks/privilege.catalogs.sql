-- expected: SELECT
-- hint: The release reads these catalogs. By default every role may do so, but the right was revoked here. A superuser grants SELECT to the role that runs the release.
-- stop
-- This query reads no catalog, because the right to read any of them may be missing. A run with --role asks for that role.
SELECT coalesce('no SELECT of ' || pg_catalog.string_agg(named.catalog, ', ' ORDER BY named.catalog COLLATE "C"), 'SELECT')
FROM pg_catalog.unnest(pg_catalog.string_to_array(
    -- The catalogs that the later checks and tiers read. A test compares this list with them.
        'pg_aggregate pg_am pg_attrdef pg_attribute pg_auth_members pg_cast pg_class '
        || 'pg_collation pg_constraint pg_conversion pg_database pg_db_role_setting pg_default_acl pg_depend '
        || 'pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server '
        || 'pg_foreign_table pg_index pg_inherits pg_language pg_largeobject_metadata pg_locks pg_namespace pg_opclass '
        || 'pg_operator pg_opfamily pg_partitioned_table pg_policy pg_prepared_xacts pg_proc pg_publication '
        || 'pg_publication_rel pg_range pg_rewrite pg_roles pg_sequence pg_settings pg_shdescription '
        || 'pg_stat_activity pg_stat_progress_analyze pg_stat_progress_vacuum pg_statistic_ext pg_tablespace pg_trigger pg_type', ' ')) AS named (catalog)
WHERE NOT pg_catalog.has_table_privilege(
    coalesce(
        pg_catalog.to_regrole(pg_catalog.quote_ident(nullif(pg_catalog.current_setting('oneroof.role', true), ''))),
        pg_catalog.to_regrole(pg_catalog.quote_ident(CURRENT_USER)))::oid,
    pg_catalog.to_regclass('pg_catalog.' || named.catalog)::oid,
    'SELECT')
