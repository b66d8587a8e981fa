\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
-- First of all, so that a time limit of the role cannot end what follows.
SET statement_timeout = 0;
-- Our lists stay in memory: a server may allow no temporary files, and a role little memory.
SET work_mem = '16MB';
SELECT :'VERBOSITY' = 'default' AS brief \gset
\if :brief
    \set VERBOSITY terse
\endif

-- One run at a time: the binary takes the same lock. It is the session's, so it ends with it.
DO $oneroof$
BEGIN
    IF NOT pg_catalog.pg_try_advisory_lock({{run_lock}}) THEN
        RAISE 'another run holds the run lock' USING
            ERRCODE = 'lock_not_available',
            HINT = 'Wait for it to end; pg_locks tells who holds advisory lock ({{run_lock}}).';
    END IF;
END
$oneroof$;

-- The same settings as the binary's transactions have, from the same list, so that both mean the same by the same text. A session's
-- settings here; a transaction of the binary may take 30 s, and waits for a lock in several tries.
SET search_path = pg_catalog, pg_temp;
SET oneroof.mode = '';
SET oneroof.before = '';
SET oneroof.compared = '';
SET oneroof.backup_ref = '';
SET oneroof.role = '';
SET oneroof.pins = 'session';
SET oneroof.deadline_ms = '30000';
SET oneroof.lock_ms = '5000';
{{pins}}
