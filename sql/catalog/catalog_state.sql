-- The state of the catalogue beside the packet's own objects: one row a catalogue, with how many rows there are and how many of them
-- this transaction made. Asked before and after a tier in its transaction (whose id must be assigned), it shows what leaves no relation
-- lock: GRANT, CREATE FUNCTION, COMMENT, ALTER DEFAULT PRIVILEGES, settings. Every change of the catalogue makes a row version, and
-- age() counts from our own transaction id: 0 is ours, below 0 a subtransaction of ours or somebody who came later. Autovacuum and
-- ANALYZE update in place and do not show.
WITH named AS (
    SELECT c.oid, c.reltype, c.reltoastrelid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS said (name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(said.name, '.', 1)
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(said.name, '.', 2)
),
ours (oid) AS MATERIALIZED (
    SELECT named.oid FROM named
    UNION ALL
    SELECT i.indexrelid FROM named JOIN pg_catalog.pg_index AS i ON i.indrelid = named.oid
    UNION ALL
    SELECT named.reltoastrelid FROM named WHERE named.reltoastrelid <> 0
    UNION ALL
    SELECT i.indexrelid FROM named JOIN pg_catalog.pg_index AS i ON i.indrelid = named.reltoastrelid WHERE named.reltoastrelid <> 0
    UNION ALL
    SELECT named.reltype FROM named WHERE named.reltype <> 0
    UNION ALL
    SELECT t.oid FROM named JOIN pg_catalog.pg_type AS t ON t.typelem = named.reltype WHERE named.reltype <> 0
    UNION ALL
    SELECT k.oid FROM named JOIN pg_catalog.pg_constraint AS k ON k.conrelid = named.oid
    UNION ALL
    SELECT r.oid FROM named JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = named.oid
    UNION ALL
    SELECT pg_catalog.to_regprocedure(said.name)::oid
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'functions') AS said (name)
    WHERE pg_catalog.to_regprocedure(said.name) IS NOT NULL
),
-- Other sessions' temporary tables come and go.
passing (oid) AS MATERIALIZED (
    SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.relpersistence = 't' AND c.relnamespace <> pg_catalog.pg_my_temp_schema()
)
SELECT 'relations' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_class AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)
  AND NOT EXISTS (SELECT FROM passing WHERE passing.oid = t.oid)
UNION ALL
SELECT 'columns',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_attribute AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.attrelid)
  AND NOT EXISTS (SELECT FROM passing WHERE passing.oid = t.attrelid)
UNION ALL
SELECT 'defaults',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_attrdef AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.adrelid)
UNION ALL
SELECT 'constraints',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_constraint AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.conrelid)
UNION ALL
SELECT 'indexes',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_index AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.indexrelid)
  AND NOT EXISTS (SELECT FROM passing WHERE passing.oid = t.indexrelid)
UNION ALL
SELECT 'triggers',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_trigger AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.tgrelid)
UNION ALL
SELECT 'rules',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_rewrite AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.ev_class)
UNION ALL
SELECT 'policies',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_policy AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.polrelid)
UNION ALL
SELECT 'inheritance',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_inherits AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.inhrelid)
UNION ALL
SELECT 'sequences',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_sequence AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.seqrelid)
UNION ALL
SELECT 'extended statistics',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_statistic_ext AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.stxrelid)
UNION ALL
SELECT 'functions',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_proc AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)
UNION ALL
SELECT 'types',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_type AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.oid)
  AND t.typrelid = 0
  AND t.typelem = 0
UNION ALL
SELECT 'comments',
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0)
FROM pg_catalog.pg_description AS t
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.oid = t.objoid)
UNION ALL
SELECT 'schemas and their grants' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_namespace AS t
-- A schema that is the packet's own; public never is.
WHERE t.nspname = 'public' OR NOT EXISTS (
    SELECT
    FROM pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('oneroof.packet')::jsonb -> 'relations') AS said (name)
    WHERE pg_catalog.split_part(said.name, '.', 1) = t.nspname)
UNION ALL
SELECT 'default privileges' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_default_acl AS t
UNION ALL
SELECT 'role and database settings' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_db_role_setting AS t
UNION ALL
SELECT 'role memberships' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_auth_members AS t
UNION ALL
SELECT 'databases and their grants' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_database AS t
WHERE t.datname = pg_catalog.current_database()
UNION ALL
SELECT 'shared comments' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_shdescription AS t
UNION ALL
SELECT 'event triggers' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_event_trigger AS t
UNION ALL
SELECT 'extensions' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_extension AS t
UNION ALL
SELECT 'operators' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_operator AS t
UNION ALL
SELECT 'casts' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_cast AS t
UNION ALL
SELECT 'enum labels' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_enum AS t
UNION ALL
SELECT 'publications' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_publication AS t
UNION ALL
SELECT 'published tables' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_publication_rel AS t
UNION ALL
SELECT 'foreign tables' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_foreign_table AS t
UNION ALL
SELECT 'large objects' AS catalog,
    pg_catalog.count(*) AS row_count,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.age(t.xmin) <= 0) AS made_here
FROM pg_catalog.pg_largeobject_metadata AS t
ORDER BY 1;
