SELECT 'idle_in_transaction',
    CASE WHEN EXISTS (SELECT FROM holders WHERE holders.severity = 'error') THEN 'error' ELSE 'warning' END,
    '0',
    pg_catalog.format('SELECT %L', (
        SELECT CASE WHEN pg_catalog.count(*) = 0 THEN '0' ELSE pg_catalog.count(*)::text || ': ' || pg_catalog.string_agg(described.line, '; ' ORDER BY described.line) END
        FROM (
            SELECT pg_catalog.format('%s%s, %s on %s',
                CASE WHEN holders.pid IS NULL THEN 'prepared transaction ' || coalesce(pg_catalog.quote_ident(holders.gid), '(hidden)') ELSE 'pid ' || holders.pid END,
                CASE
                    WHEN holders.pid IS NULL THEN ''
                    ELSE ' (' || coalesce(holders.usename || ', ', '') || coalesce(holders.state, 'its state is hidden from this role') || ')'
                END,
                pg_catalog.string_agg(DISTINCT holders.mode, ' and '), pg_catalog.string_agg(DISTINCT holders.relation, ', '))
            FROM holders
            WHERE holders.severity IS NOT NULL
            GROUP BY holders.pid, holders.gid, holders.usename, holders.state
        ) AS described (line))),
    'These sessions hold locks on tables that a tier locks. Whoever runs them ends their transactions first; pg_read_all_stats shows the state of others'' sessions.'
