-- expected: named
-- warning
-- hint: Give --backup-ref with the name of the restore point that you would go back to; the evidence keeps it.
SELECT CASE WHEN nullif(pg_catalog.btrim(pg_catalog.current_setting('oneroof.backup_ref', true)), '') IS NULL THEN 'not named' ELSE 'named' END
