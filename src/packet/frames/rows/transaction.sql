                ('transaction', 'error', 'read write',
                    $q$SELECT CASE pg_catalog.current_setting('transaction_read_only') WHEN 'off' THEN 'read write' ELSE 'read only' END$q$,
                    'Run the file inside one transaction that may write: psql -1 -v ON_ERROR_STOP=1 -f, or 99_run_all.sql, or oneroof.')
