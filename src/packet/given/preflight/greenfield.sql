-- None of the names that the release needs may exist.
SELECT 'greenfield', 'error', '0', pg_catalog.format('SELECT %L', (SELECT pg_catalog.count(*) FROM inway)),
    'An earlier release is applied, whole or in part. See oneroof status, then oneroof rollback --full, which removes what it wrote.'
UNION ALL
(SELECT 'greenfield.' || inway.object, 'error', 'absent', pg_catalog.format('SELECT %L', inway.what),
    'It bears a name that the release needs. If an earlier release made it: oneroof rollback --full; if not, whoever made it renames or drops it.'
FROM inway
ORDER BY inway.object)
