-- The privileges on tables and views that the releasing role does not have: one row for each relation and privilege. A foreign key needs
-- REFERENCES only on the columns that it names.
SELECT n.nspname || '.' || c.relname AS relation, one.word
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('REFERENCES'), ('TRIGGER')) AS one (word)
WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'oneroof_build')
    AND NOT pg_catalog.has_table_privilege({role}, c.oid, one.word)
    AND NOT (one.word = 'REFERENCES' AND pg_catalog.has_any_column_privilege({role}, c.oid, one.word));
