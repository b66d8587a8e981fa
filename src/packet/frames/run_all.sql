-- {{title}}: applies the whole release with psql, for the day when the binary cannot be used.
--
-- Runs preflight, then each tier in its own transaction, then verify. The first failure stops the script. Tiers that were committed before
-- it stay applied, and prod_rollback/99_rollback_full.sql rolls them back. The script needs an approval. It can be run from any folder:
--
--   psql -X -d {{database}} -v ratified_apr={{code_example}} -f sql/prod/99_run_all.sql 2>&1 | tee rollout.log
--
-- Other options: -v release_digest=sha256:... (printed by `oneroof manifest`, needed if the approval names a release), and
-- -v VERBOSITY=verbose (shows each check with its hint). Writes: what the tiers write, and nothing else.

{{opening}}
\if :{?ratified_apr}
\else
    \set ratified_apr ''
\endif
\if :{?release_digest}
\else
    \set release_digest ''
\endif
SELECT pg_catalog.set_config('oneroof.ratified_apr', :'ratified_apr', false) AS ratified_apr,
    pg_catalog.set_config('oneroof.approval', :'ratified_apr', false) AS approval,
    pg_catalog.set_config('oneroof.release_digest', :'release_digest', false) AS release_digest;

\echo preflight
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir 00_preflight.sql
COMMIT;

-- Preflight only warns if no approval code was given, because it cannot write. The tiers need the code.
SELECT :'ratified_apr' = '' AS unnamed \gset
\if :unnamed
    DO $oneroof$ BEGIN RAISE 'no approval code was given' USING HINT = 'Give the approved one: -v ratified_apr={{code_example}}'; END $oneroof$;
\endif

{{tiers}}\echo verify
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir 90_verify.sql
COMMIT;

-- The lock is released before psql ends. The server may end the session a moment after psql, and the next run would still find the lock
-- held.
DO $oneroof$ BEGIN PERFORM pg_catalog.pg_advisory_unlock({{run_lock}}); END $oneroof$;

\echo done: tiers 1-{{last}} are applied, and verify found nothing
