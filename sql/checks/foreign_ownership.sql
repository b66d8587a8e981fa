-- expected: none
-- hint: public.governance_object_ownership has rows that the release did not write. Whoever wrote them must delete them before the rollback: the column created_by names them.
SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%s %s in %s: %s by %s', owned.subject_kind, owned.subject_code, owned.scope_code,
    owned.owner_ref, coalesce(owned.created_by::text COLLATE "C", 'nobody')), '; '
    ORDER BY owned.subject_kind::text COLLATE "C", owned.subject_code::text COLLATE "C", owned.scope_code::text COLLATE "C"), 'none')
FROM public.governance_object_ownership AS owned
WHERE owned.created_by::text COLLATE "C" IS DISTINCT FROM 'F6_OWNERSHIP_SEED_COMMIT'
