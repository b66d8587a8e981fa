-- expected: >= 1
-- hint: The shop has no orders. Check that this is the right database.
SELECT count(*)::text FROM orders
