-- {{title}}: rolls back the whole release with psql, for the day when the binary cannot be used.
--
-- Rolls back every applied tier, from the last to the first, each in its own transaction. Tiers that are absent are skipped. If a tier was
-- altered, the script stops and names the difference, and nothing of that tier is lost. The script needs the database {{database}} and
-- no approval. It can be run from any folder:
--
--   psql -X -d {{database}} -f sql/prod_rollback/99_rollback_full.sql 2>&1 | tee rollback.log
--
-- Writes: it removes what the release wrote, and nothing else.

{{opening}}\echo which tiers are applied
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir ../prod_verify/states.sql
SELECT {{there}}
FROM pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('oneroof.states')::jsonb) AS answered (tier integer, state text) \gset
COMMIT;

{{tiers}}
-- The lock is released before psql ends. The server may end the session a moment after psql, and the next run would still find the lock
-- held.
DO $oneroof$ BEGIN PERFORM pg_catalog.pg_advisory_unlock({{run_lock}}); END $oneroof$;

\echo done: no tier is applied
