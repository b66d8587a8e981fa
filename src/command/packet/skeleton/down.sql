-- The rollback of up.sql. It restores exactly what was there before. oneroof packet build proves this.
DROP TABLE public.notes;
