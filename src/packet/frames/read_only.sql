DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
END
$oneroof$;
