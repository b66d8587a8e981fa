-- expected: UTF8
-- hint: The release needs a UTF8 database. The owner of the database makes a new one with that encoding and restores the data into it.
SELECT pg_catalog.getdatabaseencoding()::text
