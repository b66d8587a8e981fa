-- expected: present
-- hint: Name one of the cursors that are there with --cursor; the application side makes one.
SELECT CASE
    WHEN EXISTS (SELECT FROM public.candidate_scan_cursor AS kept WHERE kept.cursor_name::text COLLATE "C" = given.name) THEN 'present'
    ELSE pg_catalog.format('%s does not exist; there is: %s', given.name,
        coalesce((SELECT pg_catalog.string_agg(known.cursor_name::text COLLATE "C", ', ' ORDER BY known.cursor_name::text COLLATE "C") FROM public.candidate_scan_cursor AS known), 'none'))
END
FROM (SELECT
-- include: cursor_name
) AS given (name)
