-- Moves the cursor forward, never back: a position that is not beyond the present one changes nothing.

UPDATE public.candidate_scan_cursor AS kept
SET position = pg_catalog.current_setting('oneroof.position')::bigint, updated_at = pg_catalog.now()
WHERE kept.cursor_name::text COLLATE "C" =
-- include: cursor_name
    AND kept.position < pg_catalog.current_setting('oneroof.position')::bigint;
