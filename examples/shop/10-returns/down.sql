DROP VIEW order_return;
DROP INDEX orders_customer_idx;
ALTER TABLE orders DROP COLUMN came_back;
DROP TABLE returned;
DROP TYPE condition;
