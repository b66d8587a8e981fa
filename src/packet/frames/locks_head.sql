DO $oneroof$
DECLARE
    item    record;
    windows jsonb := '{}';
    held    text;
BEGIN
    -- The gate first, then the targets by name, then the seam views (a lock on a view reaches its tables).
    FOR item IN
        SELECT listed.kind, listed.relation, listed.mode
        FROM (
            -- oneroof:locks
            VALUES
