-- expected: a position
-- hint: Give the position as a whole number.
SELECT CASE WHEN pg_catalog.current_setting('oneroof.position', true) ~ '^[0-9]{1,18}$' THEN 'a position' ELSE 'not a position' END
