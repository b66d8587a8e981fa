-- Removes the shadow: what deploy put there, and nothing else. The frame; the engine puts the rollbacks of the same tiers into it.
-- A row or an object that someone else put there stops it, by name: nothing is dropped by CASCADE.
-- Run by `oneroof shadow drop`. Writes: the schema oneroof_shadow.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only_later

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database.2
-- oneroof:check shadow.schema.3
-- oneroof:used
-- oneroof:body
DROP SCHEMA oneroof_shadow;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check shadow.schema.4
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
