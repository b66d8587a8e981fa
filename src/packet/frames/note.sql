-- Stores the digests of everything that must be the same at the end. The assertions compare with them.
DO $oneroof$
BEGIN
    PERFORM pg_catalog.set_config('oneroof.before', (
        SELECT pg_catalog.jsonb_object_agg(seen.kind,
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(seen.words, ''), 'UTF8')), 'hex'))::text
        FROM (
{{kinds}}
        ) AS seen
    ), true);
END
$oneroof$;
