-- One-Roof Governance Phase 1: the whole way back with psql, for the day when the binary cannot be used.
--
-- Rolls back every tier that is there, from the top down, each in a transaction of its own; what is absent is passed over. A tier that
-- was altered stops it with the name of what is in the way, and nothing of that tier is lost. At the end: ownership 0, gap as before,
-- none of the 43 objects. Needs the database directus and no gate; from any folder:
--
--   psql -X -U workflow_admin -d directus -f sql/prod_rollback/99_rollback_full.sql 2>&1 | tee rollback.log
--
-- Writes: removes what the release wrote, nothing else. The candidate tables and the cursor are not part of the release and stay.

\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
SELECT :'VERBOSITY' = 'default' AS brief \gset
\if :brief
    \set VERBOSITY terse
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

SET search_path = pg_catalog, pg_temp;
SET row_security = off;
SET lock_timeout = '5s';
SET statement_timeout = '30s';
SET idle_in_transaction_session_timeout = '60s';
SET synchronous_commit = on;
SET standard_conforming_strings = on;
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET plan_cache_mode = auto;
SET jit = off;

\echo what stands
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir ../catalog/standing.sql
SELECT pg_catalog.bool_or(answered.tier = 1 AND answered.state <> 'absent') AS there_1,
    pg_catalog.bool_or(answered.tier = 2 AND answered.state <> 'absent') AS there_2,
    pg_catalog.bool_or(answered.tier = 3 AND answered.state <> 'absent') AS there_3,
    pg_catalog.bool_or(answered.tier = 4 AND answered.state <> 'absent') AS there_4,
    pg_catalog.bool_or(answered.tier = 5 AND answered.state <> 'absent') AS there_5,
    pg_catalog.bool_or(answered.tier = 6 AND answered.state <> 'absent') AS there_6
FROM pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('oneroof.standing')::jsonb) AS answered (tier integer, state text) \gset
COMMIT;

\if :there_6
    \echo rollback of tier 6: scanner
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir 60_scanner_baseline.sql
    COMMIT;
\endif
\if :there_5
    \echo rollback of tier 5: topic
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir 50_topic_finalization.sql
    COMMIT;
\endif
\if :there_4
    \echo rollback of tier 4: containment
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir 40_containment.sql
    COMMIT;
\endif
\if :there_3
    \echo rollback of tier 3: ownership
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir 30_ownership_seed.sql
    COMMIT;
\endif
\if :there_2
    \echo rollback of tier 2: axis
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir 20_responsibility_axis.sql
    COMMIT;
\endif
\if :there_1
    \echo rollback of tier 1: structure
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir 10_structure.sql
    COMMIT;
\endif

-- Given back before psql leaves: its session may end a moment later than it does, and the next run would find the lock still held.
DO $oneroof$ BEGIN PERFORM pg_catalog.pg_advisory_unlock(20260603, 1); END $oneroof$;

\echo done: no tier stands
