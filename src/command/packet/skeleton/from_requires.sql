-- The prerequisites of the release: the schema that its tiers and checks name, and the few rows that reach every branch of their SQL.
-- Write the schema here, for example from pg_dump --schema-only of the existing database. CREATE ROLE, CREATE EXTENSION and grants belong
-- here too. This file runs as a superuser in an empty database, on a throwaway server only.
CREATE TABLE public.approvals (
    code text NOT NULL,
    signed_by text NOT NULL,
    signature text NOT NULL,
    signed_at timestamptz NOT NULL
);
GRANT SELECT ON public.approvals TO {role};

-- The rights of the releasing role in production.
GRANT USAGE, CREATE ON SCHEMA public TO {role};
