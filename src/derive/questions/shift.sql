-- Moves every sequence to another value, so that the numbers drawn from it differ between the two runs.
SELECT pg_catalog.setval(s.seqrelid, greatest(s.seqmin, least(s.seqmax, coalesce(pg_catalog.pg_sequence_last_value(s.seqrelid), s.seqstart)
    + 1000 * s.seqincrement)), true)
FROM pg_catalog.pg_sequence AS s;
