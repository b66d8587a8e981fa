-- The keys by which the release finds or creates rows.
(SELECT 'key.' || found.object, 'error', wanted.key,
    pg_catalog.format('SELECT %L', CASE
        WHEN found.oid IS NULL THEN 'missing'
        WHEN EXISTS (
            SELECT FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = found.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indnkeyatts = 1 AND i.indpred IS NULL
                AND CASE wanted.key
                    WHEN 'uuid with a default' THEN a.atttypid = 'pg_catalog.uuid'::regtype AND a.atthasdef AND a.attgenerated = ''
                    ELSE a.attname = wanted.key
                END
        ) THEN wanted.key
        ELSE 'no such key'
    END),
    pg_catalog.format('The owner of public.%s gives it the unique key that the contract names.', found.object)
FROM found
JOIN (
    VALUES
        ('governance_object_ownership', 'uuid with a default'),
        ('candidate_scan_run', 'uuid with a default'),
        ('candidate_scan_state', 'class_code'),
        ('candidate_scan_object', 'object_code'),
        ('candidate_scan_cursor', 'cursor_name')
) AS wanted (object, key) ON wanted.object = found.object
ORDER BY found.place)
