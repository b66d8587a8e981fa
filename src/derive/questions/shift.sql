-- Every sequence goes on from elsewhere, so that what is drawn from it differs between two runs.
SELECT pg_catalog.setval(s.seqrelid, greatest(s.seqmin, least(s.seqmax, coalesce(pg_catalog.pg_sequence_last_value(s.seqrelid), s.seqstart)
    + 1000 * s.seqincrement)), true)
FROM pg_catalog.pg_sequence AS s;
