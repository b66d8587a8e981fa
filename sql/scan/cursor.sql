-- One-Roof Governance Phase 1, after the release: moves a scan cursor forward.
--
-- One statement, and never back: a position that is not beyond the one that stands changes nothing.
-- Settings: oneroof.cursor_position, and oneroof.cursor_name (candidate_scan where none is given).
-- Run by `oneroof scan cursor --advance-to N`, or alone: psql -1 -v ON_ERROR_STOP=1 -f (with PGOPTIONS='-c oneroof.cursor_position=..').
-- Writes: candidate_scan_cursor, at most one row.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only_later

-- oneroof:use locks
                (2, 'target', 'public.candidate_scan_cursor', 'SHARE ROW EXCLUSIVE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check cursor
-- oneroof:check cursor.position
-- oneroof:used
-- oneroof:body
UPDATE public.candidate_scan_cursor AS kept
SET position = pg_catalog.current_setting('oneroof.cursor_position')::bigint, updated_at = pg_catalog.now()
WHERE kept.cursor_name::text = coalesce(nullif(pg_catalog.current_setting('oneroof.cursor_name', true), ''), 'candidate_scan')
    AND kept.position < pg_catalog.current_setting('oneroof.cursor_position')::bigint;
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check cursor.reached
-- oneroof:check boundary
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
