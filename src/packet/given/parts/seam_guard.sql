-- Stops before the views are read if reading them would act outside this database.
DO $oneroof$
DECLARE
    foreseen text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    -- include: seam_effects
    SELECT pg_catalog.string_agg(DISTINCT effects.function, ', ') INTO foreseen
    FROM effects WHERE effects.why LIKE 'no rollback%';
    IF foreseen IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'OR003',
            MESSAGE = 'the views of the contract were not read, since that would run ' || foreseen,
            HINT = 'The owner of the views removes these functions from them, since ROLLBACK does not revert what they do; oneroof preflight names them.';
    END IF;
END
$oneroof$;
