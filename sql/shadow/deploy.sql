-- Gate option 3: the structure and the axis in a schema of their own, inert, without ratification.
--
-- What stands here is the frame. Between its parts the engine puts bodies and assertions of the tiers that release.toml names, with the
-- schema of the packet's own objects replaced; there is no second copy of them. Guarded by the database's name. Its views hold the seam
-- views in place, as those of tier 1 do.
-- Run by `oneroof shadow deploy`. Writes: the schema oneroof_shadow. Undo: `oneroof shadow drop`.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only_later

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database.2
-- oneroof:check shadow.schema
-- oneroof:check privilege.create
-- oneroof:used
-- oneroof:body
CREATE SCHEMA oneroof_shadow;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check shadow.schema.2
-- oneroof:check shadow.inert
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
