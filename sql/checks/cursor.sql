-- expected: present
-- hint: Name a cursor that exists; the application side makes one.
SELECT CASE
    WHEN EXISTS (SELECT FROM public.candidate_scan_cursor AS kept WHERE kept.cursor_name::text = given.name) THEN 'present'
    ELSE pg_catalog.format('%s does not exist; there is: %s', given.name,
        coalesce((SELECT pg_catalog.string_agg(known.cursor_name::text, ', ' ORDER BY known.cursor_name) FROM public.candidate_scan_cursor AS known), 'none'))
END
FROM (SELECT coalesce(nullif(pg_catalog.current_setting('oneroof.cursor_name', true), ''), 'candidate_scan') AS name) AS given
