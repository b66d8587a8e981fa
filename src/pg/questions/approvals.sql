-- The approval rows that a host's policy is checked against, in the snapshot of this transaction. The table and column names are those of
-- the packet's page. If an approval code was given, rows with another code are left out. The engine checks the code again in the result.
SELECT ospa.{{code}}::text COLLATE "C" AS code, {{level}} AS level, ospa.{{who}}::text COLLATE "C" AS who,
    ospa.{{signature}}::text COLLATE "C" AS signature, (ospa.{{at}} <= pg_catalog.clock_timestamp()) IS TRUE AS past
FROM {{table}} AS ospa
WHERE coalesce(pg_catalog.current_setting('oneroof.ratified_apr', true), '') IN ('', ospa.{{code}}::text COLLATE "C");
