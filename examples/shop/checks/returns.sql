-- expected: 0
-- hint: Somebody has already recorded a return. Look at public.returned.
SELECT count(*)::text FROM returned
