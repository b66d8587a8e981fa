-- expected: 5
-- hint: The number of reasons in the price list is not the expected one. Look at public.reason.
SELECT count(*)::text FROM reason
