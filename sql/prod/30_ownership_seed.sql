-- One-Roof Governance Phase 1, tier 3: sovereign ownership seed.
--
-- Gives every class an owner in every scope: 30 rows from the bindings of tier 2. The objects inherit them, so the gap closes.
-- Gated: needs the database directus, an open gate and the ratified APR code in the setting oneroof.ratified_apr.
-- Run by `oneroof apply`, by 99_run_all.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.ratified_apr=APR-..').
-- Writes: governance_object_ownership, 30 rows with created_by = 'F6_OWNERSHIP_SEED_COMMIT' and the APR code as approval_ref.
-- Undo: prod_rollback/30_ownership_seed.sql
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (1, 'gate', 'public.os_proposal_approvals', 'SHARE'),
                (2, 'target', 'public.governance_object_ownership', 'SHARE ROW EXCLUSIVE'),
                (3, 'seam', 'public.v_governance_object_inventory', 'SHARE'),
                (3, 'seam', 'public.v_governance_scope', 'SHARE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:check standing.1
-- oneroof:check standing.2
-- oneroof:check standing.3.2
-- oneroof:check inventory
-- oneroof:check scopes
-- oneroof:check reference.classes
-- oneroof:check reference.scopes
-- oneroof:check reference.objects
-- oneroof:check ownership.2
-- oneroof:check gap.2
-- oneroof:check conflict
-- oneroof:check gov_emit
-- oneroof:check event_types_active
-- oneroof:check ownership_triggers
-- oneroof:check ownership.rules
-- oneroof:used
-- oneroof:body
-- Columns of the contract only. On a clone whose gate is waived, without an APR code, the row says that instead.
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
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check ownership
-- oneroof:check seeded
-- oneroof:check gap
-- oneroof:check conflict
-- oneroof:check effective
-- oneroof:check coverage_pct
-- oneroof:check gov_emit
-- oneroof:check outbox
-- oneroof:check standing.3
-- oneroof:check gate
-- oneroof:check apr
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
