-- The approval rows that the policy of a host is judged by, as this transaction sees them. The names are those of the packet's page. Rows
-- of another code than the one that was given are left out here, and once more by whoever reads the answer.
SELECT ospa.{{code}}::text COLLATE "C" AS code, {{level}} AS level, ospa.{{who}}::text COLLATE "C" AS who,
    ospa.{{signature}}::text COLLATE "C" AS signature, (ospa.{{at}} <= pg_catalog.clock_timestamp()) IS TRUE AS past
FROM {{table}} AS ospa
WHERE coalesce(pg_catalog.current_setting('oneroof.ratified_apr', true), '') IN ('', ospa.{{code}}::text COLLATE "C");
