-- The shop's database before the release.
CREATE ROLE shop_release LOGIN;
CREATE TABLE public.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer text NOT NULL,
    ordered_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO public.orders (customer) VALUES ('Ada'), ('Grace'), ('Edith');

CREATE TABLE public.reason (
    code text PRIMARY KEY,
    title text NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    made_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO public.reason (code, title) VALUES ('lost', 'Lost on the way'), ('late', 'Came too late');

CREATE TABLE public.approvals (
    code text NOT NULL,
    part text NOT NULL,
    signed_by text NOT NULL,
    signature text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE, CREATE ON SCHEMA public TO shop_release;
GRANT SELECT ON public.approvals TO shop_release;
GRANT SELECT, INSERT, DELETE ON public.reason TO shop_release;
-- Only the owner of a table can change its shape.
ALTER TABLE public.orders OWNER TO shop_release;
