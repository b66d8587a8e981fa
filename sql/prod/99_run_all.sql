-- One-Roof Governance Phase 1: the whole release with psql, for the day when the binary cannot be used.
--
-- Runs preflight, the six tiers, each in a transaction of its own, and verify. The first failure stops it; what was committed before
-- stands, and is rolled back with prod_rollback/99_rollback_full.sql. Needs an open gate; from any folder:
--
--   psql -X -U workflow_admin -d directus -v ratified_apr=APR-BOOT-AUTHMODEL-1 -f sql/prod/99_run_all.sql 2>&1 | tee rollout.log
--
-- Also: -v release_digest=sha256:... (printed by `oneroof manifest`; needed where the approval names a release) and
-- -v VERBOSITY=verbose for each check with its hint. Writes: what the tiers write, nothing else.

\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
SELECT :'VERBOSITY' = 'default' AS brief \gset
\if :brief
    \set VERBOSITY terse
\endif
\if :{?ratified_apr}
\else
    \set ratified_apr ''
\endif
\if :{?release_digest}
\else
    \set release_digest ''
\endif

-- One run at a time: the binary takes the same lock. It is the session's, so it ends with it.
DO $oneroof$
BEGIN
    IF NOT pg_catalog.pg_try_advisory_lock(20260603, 1) THEN
        RAISE 'another run holds the run lock' USING
            ERRCODE = 'lock_not_available',
            HINT = 'Wait for it to end; pg_locks tells who holds advisory lock (20260603, 1).';
    END IF;
END
$oneroof$;

-- The same settings as the binary's transactions have, so that both mean the same by the same text.
SET search_path = pg_catalog, pg_temp;
SET row_security = off;
SET lock_timeout = '5s';
SET statement_timeout = '30s';
SET idle_in_transaction_session_timeout = '60s';
SET synchronous_commit = on;
SET standard_conforming_strings = on;
SET check_function_bodies = on;
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET plan_cache_mode = auto;
SET jit = off;
SELECT pg_catalog.set_config('oneroof.ratified_apr', :'ratified_apr', false) AS ratified_apr,
    pg_catalog.set_config('oneroof.release_digest', :'release_digest', false) AS release_digest;

\echo preflight
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir 00_preflight.sql
COMMIT;

-- Preflight only warns of a missing APR code, since it cannot write. From here on it is needed.
SELECT :'ratified_apr' = '' AS unnamed \gset
\if :unnamed
    DO $oneroof$ BEGIN RAISE 'no APR code was given' USING HINT = 'Give the ratified one: -v ratified_apr=APR-BOOT-AUTHMODEL-1'; END $oneroof$;
\endif

\echo tier 1: structure
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir 10_structure.sql
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;

\echo tier 2: responsibility axis
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir 20_responsibility_axis.sql
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;

\echo tier 3: sovereign ownership seed
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir 30_ownership_seed.sql
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;

\echo tier 4: containment
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir 40_containment.sql
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;

\echo tier 5: topic finalization
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir 50_topic_finalization.sql
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;

\echo tier 6: scanner baseline
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir 60_scanner_baseline.sql
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;

\echo verify
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir 90_verify.sql
COMMIT;

-- Given back before psql leaves: its session may end a moment later than it does, and the next run would find the lock still held.
DO $oneroof$ BEGIN PERFORM pg_catalog.pg_advisory_unlock(20260603, 1); END $oneroof$;

\echo done: tiers 1 to 6 stand, and verify found nothing
