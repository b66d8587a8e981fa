-- None of the names that the release needs may exist.
SELECT 'greenfield', 'error', '0', pg_catalog.format('SELECT %L', (SELECT pg_catalog.count(*) FROM inway)),
    'Objects have names that the release needs. If oneroof status shows an applied tier, run oneroof rollback --full, which removes what the release wrote. If not, whoever made the objects renames or drops them.'
UNION ALL
(SELECT 'greenfield.' || inway.object, 'error', 'absent', pg_catalog.format('SELECT %L', inway.what),
    'This object has a name that the release needs. If the release made it, run oneroof rollback --full; if not, whoever made it renames or drops it.'
FROM inway
ORDER BY inway.object)
