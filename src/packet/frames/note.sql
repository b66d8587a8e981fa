-- What must be the same at the end: the assertions compare.
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
