-- Plain SQL, without BEGIN, COMMIT or a guard. The only setting that it may read is current_setting('oneroof.approval').
CREATE TABLE public.notes (
    customer bigint NOT NULL REFERENCES public.customers (id),
    note text NOT NULL,
    PRIMARY KEY (customer, note)
);
INSERT INTO public.notes (customer, note) VALUES (1, 'welcome');
