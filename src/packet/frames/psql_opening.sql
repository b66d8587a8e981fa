\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
-- This comes first, so that a time limit of the role cannot end the statements below.
SET statement_timeout = 0;
-- The lists of checks must stay in memory. A server may allow no temporary files, and a role may have a small work_mem.
SET work_mem = '16MB';
SELECT :'VERBOSITY' = 'default' AS brief \gset
\if :brief
    \set VERBOSITY terse
\endif

-- Only one run at a time. The binary takes the same lock. It is a session lock, so it ends with the session.
DO $oneroof$
BEGIN
    IF NOT pg_catalog.pg_try_advisory_lock({{run_lock}}) THEN
        RAISE 'another run holds the run lock' USING
            ERRCODE = 'lock_not_available',
            HINT = 'Wait until that run has ended; pg_locks shows who holds the advisory lock ({{run_lock}}).';
    END IF;
END
$oneroof$;

-- The settings come from the same list that the binary uses in its transactions, so that the same SQL has the same meaning for both. Here
-- they are set for the session three times: here, before each tier (with the deadline of that tier), and after the SQL of each tier,
-- because that SQL may have changed them. The binary sets them in each transaction and makes several attempts to obtain a lock.
SET search_path = pg_catalog, pg_temp;
SET oneroof.mode = '';
SET oneroof.before = '';
SET oneroof.compared = '';
SET oneroof.backup_ref = '';
SET oneroof.role = '';
SET oneroof.pins = 'session';
SET oneroof.deadline_ms = '30000';
SET oneroof.lock_ms = '5000';
PREPARE oneroof_pins AS
{{pins}}
-- \gset keeps psql from printing the result table.
EXECUTE oneroof_pins \gset

