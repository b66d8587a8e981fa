-- expected: 0
-- hint: Somebody wrote down a return already. Look at public.returned.
SELECT count(*)::text FROM returned
