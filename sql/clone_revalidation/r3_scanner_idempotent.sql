-- One-Roof Governance Phase 1, clone revalidation R3: the scanner is idempotent.
--
-- Scans three times more: each time nothing is inserted, nothing updated, 38 findings stay as they are.
-- Rollback-only: run it inside one transaction after the guard, body and assertions of tiers 1 to 6, and end that transaction
-- with ROLLBACK. `oneroof clone revalidate` does so on a clone; nothing of it is kept, the clone stays as it was.
-- oneroof:guard
-- oneroof:use checks
-- oneroof:check database
-- oneroof:check standing.6
-- oneroof:used
-- oneroof:body
SELECT scanned.turn, again.inserted, again.updated, again.unchanged
FROM pg_catalog.generate_series(1, 2) AS scanned (turn)
CROSS JOIN public.oneroof_scan_run AS run
CROSS JOIN LATERAL public.fn_oneroof_scan(run.ruleset_code, run.snapshot_ref) AS again
ORDER BY scanned.turn;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check second_run
-- oneroof:check scan_runs
-- oneroof:check findings
-- oneroof:check emittable
-- oneroof:check gov_emit
-- oneroof:check outbox
-- oneroof:check standing.6
-- oneroof:used
