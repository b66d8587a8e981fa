coalesce(
    nullif(pg_catalog.current_setting('oneroof.cursor', true), ''),
    -- If no cursor was named, this is the only cursor. If there are several, it is the scanner's own.
    (SELECT pg_catalog.min(sole.cursor_name::text COLLATE "C") FROM public.candidate_scan_cursor AS sole HAVING pg_catalog.count(*) = 1),
    'candidate_scan')
