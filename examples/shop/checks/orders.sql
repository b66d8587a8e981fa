-- expected: >= 1
-- hint: The shop has no orders. Look whether this is the right database.
SELECT count(*)::text FROM orders
