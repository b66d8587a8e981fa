-- expected: present
-- hint: Name an existing cursor with --cursor, or ask the owner of the application to create one.
SELECT CASE
    WHEN EXISTS (SELECT FROM public.candidate_scan_cursor AS kept WHERE kept.cursor_name::text COLLATE "C" = given.name) THEN 'present'
    ELSE pg_catalog.format('%s does not exist; there is: %s', given.name,
        coalesce((SELECT pg_catalog.string_agg(known.cursor_name::text COLLATE "C", ', ' ORDER BY known.cursor_name::text COLLATE "C") FROM public.candidate_scan_cursor AS known), 'none'))
END
FROM (SELECT
-- include: cursor_name
) AS given (name)
