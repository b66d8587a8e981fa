-- What must be there before the release: the schema that its tiers and checks name, and the few rows that reach every branch of them.
-- Write it here, for example from pg_dump --schema-only of the database as it is. CREATE ROLE, CREATE EXTENSION and grants belong here.
-- It runs as a superuser in an empty database, on a throwaway server only.
CREATE TABLE public.approvals (
    code text NOT NULL,
    signed_by text NOT NULL,
    signature text NOT NULL,
    signed_at timestamptz NOT NULL
);
GRANT SELECT ON public.approvals TO {role};

-- What the releasing role may do in production.
GRANT USAGE, CREATE ON SCHEMA public TO {role};
