-- If the file is run without BEGIN, every statement is its own transaction, and psql continues after an error. So every transaction that
-- begins after this statement is read only, until the last statement of the file. The current transaction is not affected, because it has
-- already begun. Without BEGIN, the file changes nothing.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
END
$oneroof$;
