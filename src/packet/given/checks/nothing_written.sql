-- expected: no transaction id
-- warning
-- hint: Something that preflight read took a transaction id, such as txid_current() in a view. The transaction is READ ONLY: no row was written.
SELECT coalesce('transaction id ' || pg_catalog.pg_current_xact_id_if_assigned()::text, 'no transaction id')
