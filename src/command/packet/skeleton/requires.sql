-- The prerequisites of the release: the schema that its tiers and checks name, and the few rows that reach every branch of their SQL.
-- This file runs as a superuser in an empty database, on a throwaway server only. CREATE ROLE, CREATE EXTENSION and grants belong here.
CREATE TABLE public.customers (
    id bigint PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO public.customers (id, name) VALUES (1, 'Ada'), (2, 'Grace');

CREATE TABLE public.approvals (
    code text NOT NULL,
    signed_by text NOT NULL,
    signature text NOT NULL,
    signed_at timestamptz NOT NULL
);

GRANT SELECT ON public.approvals TO shop_release;
-- The foreign key of the tier needs REFERENCES.
GRANT SELECT, REFERENCES ON public.customers TO shop_release;
GRANT USAGE, CREATE ON SCHEMA public TO shop_release;
