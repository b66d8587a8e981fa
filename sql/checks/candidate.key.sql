-- expected: one column
-- hint: candidate_scan_run needs a primary key of one uuid column with a default. Ask the owner of the application for it.
SELECT CASE WHEN pg_catalog.count(*) = 1 THEN 'one column' ELSE 'no primary key of one uuid column' END
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = 'public.candidate_scan_run'::pg_catalog.regclass AND i.indisprimary AND i.indnkeyatts = 1
    AND a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype
