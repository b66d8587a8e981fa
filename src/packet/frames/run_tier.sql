\echo tier {{number}}: {{title}}
SET oneroof.deadline_ms = '{{timeout_ms}}';
EXECUTE oneroof_pins \gset
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
\ir {{file}}
SET CONSTRAINTS ALL IMMEDIATE;
SET search_path = pg_catalog, pg_temp;
EXECUTE oneroof_pins \gset
COMMIT;

