-- Stage D of a clone: tries to emit a governance event, which the database must refuse by itself. On a clone only, inside a transaction
-- that ends with ROLLBACK; `oneroof clone run` sends it. The number that the refused row drew from the outbox's sequence is the clone's.
DO $oneroof$
BEGIN
    IF pg_catalog.current_database() !~ '^directus_gov_test_[0-9]{8}$' OR pg_catalog.current_setting('oneroof.mode', true) IS DISTINCT FROM 'clone' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR002', MESSAGE = 'an emit is tried on a clone only, in clone mode', HINT = 'Nothing was tried.';
    END IF;
END
$oneroof$;
INSERT INTO public.event_outbox (event_type, payload, created_at)
SELECT registered.event_type, '{"tried": "by the clone pipeline"}', pg_catalog.now()
FROM public.event_type_registry AS registered
WHERE registered.domain::text = 'governance'
ORDER BY registered.event_type
LIMIT 1;
