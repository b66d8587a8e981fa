-- Gives every class an owner in every scope: 30 rows from the bindings of tier 2. The objects inherit these owners, so no gap is left.

-- Writes only columns of the contract. On a clone whose gate is waived there is no APR code, so the rows carry CLONE-GATE-WAIVED.
INSERT INTO public.governance_object_ownership
    (subject_kind, subject_code, scope_code, owner_ref, created_by, approval_ref, created_at)
SELECT 'class', binding.class_code, binding.scope_code, binding.owner_ref, 'F6_OWNERSHIP_SEED_COMMIT',
    coalesce(
        nullif(pg_catalog.current_setting('oneroof.ratified_apr', true), ''),
        CASE
            WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN 'CLONE-GATE-WAIVED'
        END),
    pg_catalog.now()
FROM public.v_oneroof_axis_binding AS binding;

ANALYZE public.governance_object_ownership;
