-- expected: reached
-- hint: The cursor did not reach the position, so the transaction was rolled back. Look for a trigger on candidate_scan_cursor.
SELECT CASE WHEN kept.position >= pg_catalog.current_setting('oneroof.cursor_position')::bigint THEN 'reached' ELSE 'is at ' || kept.position END
FROM public.candidate_scan_cursor AS kept
WHERE kept.cursor_name::text COLLATE "C" =
-- include: cursor_name
