-- expected: table
-- hint: {{table}} must be a table, because approvals count only as rows of it. The owner of the approvals puts the table back.
SELECT coalesce((
SELECT CASE
    WHEN c.relkind NOT IN ('r', 'p') THEN CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'kind ' || c.relkind::text END
    WHEN c.relpersistence <> 'p' THEN 'unlogged table'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid) THEN 'table with rules'
    WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid) THEN 'table that others inherit'
    ELSE 'table'
END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = '{{approval_schema}}'
WHERE c.relname = '{{approval_name}}'), 'missing')
