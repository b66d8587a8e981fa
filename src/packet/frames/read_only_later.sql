DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'on', false);
END
$oneroof$;
