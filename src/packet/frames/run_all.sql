-- {{title}}: the whole release with psql, for the day when the binary cannot be used.
--
-- Runs preflight, the tiers, each in a transaction of its own, and verify. The first failure stops it; what was committed before
-- stands, and is rolled back with prod_rollback/99_rollback_full.sql. Needs an open gate; from any folder:
--
--   psql -X -d {{database}} -v ratified_apr={{code_example}} -f sql/prod/99_run_all.sql 2>&1 | tee rollout.log
--
-- Also: -v release_digest=sha256:... (printed by `oneroof manifest`; needed where the approval names a release) and
-- -v VERBOSITY=verbose for each check with its hint. Writes: what the tiers write, nothing else.

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

-- Preflight only warns of a missing APR code, since it cannot write. From here on it is needed.
SELECT :'ratified_apr' = '' AS unnamed \gset
\if :unnamed
    DO $oneroof$ BEGIN RAISE 'no APR code was given' USING HINT = 'Give the ratified one: -v ratified_apr={{code_example}}'; END $oneroof$;
\endif

{{tiers}}\echo verify
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir 90_verify.sql
COMMIT;

-- Given back before psql leaves: its session may end a moment later than it does, and the next run would find the lock still held.
DO $oneroof$ BEGIN PERFORM pg_catalog.pg_advisory_unlock({{run_lock}}); END $oneroof$;

\echo done: tiers 1-{{last}} are applied, and verify found nothing
