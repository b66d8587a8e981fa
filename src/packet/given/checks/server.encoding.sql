-- expected: UTF8
-- hint: The release is written for a UTF8 database; another encoding needs a new database and a restore by its owner.
SELECT pg_catalog.getdatabaseencoding()::text
