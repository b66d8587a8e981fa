-- expected: no transaction id
-- hint: A read-only step wrote: roll this transaction back and report the release as faulty.
SELECT coalesce('transaction id ' || pg_catalog.pg_current_xact_id_if_assigned()::text, 'no transaction id')
