-- One-Roof Governance Phase 1, rollback of tier 3: ownership.
--
-- Removes exactly the 30 rows that carry the release's tag. A row that was changed stops it with its name, and so does a row
-- of somebody else, since the end must be ownership 0 and the gap as before; nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: governance_object_ownership.
-- Undo: apply the tier again.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (2, 'target', 'public.governance_object_ownership', 'SHARE ROW EXCLUSIVE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check higher_tiers.3
-- oneroof:check standing.3
-- oneroof:check foreign_ownership
-- oneroof:check ownership.on_delete
-- oneroof:used
-- oneroof:body
DELETE FROM public.governance_object_ownership AS owned
WHERE owned.created_by::text = 'F6_OWNERSHIP_SEED_COMMIT' AND owned.subject_kind::text = 'class';
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check ownership.2
-- oneroof:check seeded.2
-- oneroof:check gap.3
-- oneroof:check conflict
-- oneroof:check gov_emit
-- oneroof:check outbox
-- oneroof:check standing.3.2
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
