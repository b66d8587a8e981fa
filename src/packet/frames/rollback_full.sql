-- {{title}}: the whole way back with psql, for the day when the binary cannot be used.
--
-- Rolls back every tier that is there, from the top down, each in a transaction of its own; what is absent is passed over. A tier that
-- was altered stops it with the name of what is in the way, and nothing of that tier is lost. Needs the database
-- {{database}} and no gate; from any folder:
--
--   psql -X -d {{database}} -f sql/prod_rollback/99_rollback_full.sql 2>&1 | tee rollback.log
--
-- Writes: removes what the release wrote, nothing else.

{{opening}}\echo which tiers are applied
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
\ir ../prod_verify/states.sql
SELECT {{there}}
FROM pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('oneroof.states')::jsonb) AS answered (tier integer, state text) \gset
COMMIT;

{{tiers}}
-- Given back before psql leaves: its session may end a moment later than it does, and the next run would find the lock still held.
DO $oneroof$ BEGIN PERFORM pg_catalog.pg_advisory_unlock({{run_lock}}); END $oneroof$;

\echo done: no tier is applied
