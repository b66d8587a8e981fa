CREATE TYPE condition AS ENUM ('new', 'used', 'broken');

CREATE TABLE returned (
    order_id bigint NOT NULL REFERENCES orders (id),
    line integer GENERATED ALWAYS AS IDENTITY,
    state condition NOT NULL DEFAULT 'new',
    PRIMARY KEY (order_id, line)
);
COMMENT ON TABLE returned IS 'Goods that came back, a row each.';

ALTER TABLE orders ADD COLUMN came_back integer CHECK (came_back >= 0);
CREATE INDEX orders_customer_idx ON orders (customer);

CREATE VIEW order_return AS
SELECT o.id, o.customer, count(r.line) AS returned
FROM orders AS o
LEFT JOIN returned AS r ON r.order_id = o.id
GROUP BY o.id, o.customer;
