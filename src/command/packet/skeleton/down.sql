-- What takes up.sql back, to exactly what was there before; oneroof packet build proves it.
DROP TABLE public.notes;
