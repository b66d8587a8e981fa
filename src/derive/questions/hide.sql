-- Renames every column of the database's own tables and views. A column that cannot be renamed, such as an inherited column, keeps its
-- name.
DO $oneroof$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT n.nspname, c.relname, a.attname
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND pg_catalog.octet_length(a.attname) < 63
            AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
    LOOP
        BEGIN
            EXECUTE pg_catalog.format('ALTER TABLE %I.%I RENAME COLUMN %I TO %I', item.nspname, item.relname, item.attname, '~' || item.attname);
        EXCEPTION
            WHEN OTHERS THEN
                NULL;
        END;
    END LOOP;
END
$oneroof$;
