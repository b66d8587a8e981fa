-- expected: reached
-- hint: The cursor is not at the position. Look for a trigger or a rule on public.candidate_scan_cursor that changes the value.
SELECT CASE WHEN kept.position >= pg_catalog.current_setting('oneroof.position')::bigint THEN 'reached' ELSE 'is at ' || kept.position END
FROM public.candidate_scan_cursor AS kept
WHERE kept.cursor_name::text COLLATE "C" =
-- include: cursor_name
