DO $oneroof$
DECLARE
    item   record;
    actual text;
    met    boolean;
    unmet  text[] := '{}';
BEGIN
    -- Safe when the file is run alone, too: no name below can be shadowed, no count can be filtered.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_catalog.set_config('jit', 'off', true);
    FOR item IN
        SELECT listed.name, listed.severity, listed.expected, listed.question, listed.hint
        FROM (
            -- oneroof:checks
            VALUES
