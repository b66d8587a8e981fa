-- The first query of a new session. If the backend is not the one that was named at login ($1), the query returns no row, sets nothing and
-- takes no lock. Behind a pooler, a lock would stay with a backend that does not belong to this session. Parameters: $1 process id at
-- login, $2 'lock' to take the run lock, $3 and $4 its key, $5 to $12 the values that the SQL reads as settings.
SELECT
    CASE WHEN $2 = 'lock' THEN pg_catalog.pg_try_advisory_lock($3::pg_catalog.int4, $4::pg_catalog.int4) ELSE false END AS locked,
    pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false) AS search_path,
    pg_catalog.set_config('statement_timeout', '0', false) AS patient,
    -- The engine's lists must fit into memory, because a server may forbid temporary files and a role may have a small work_mem.
    pg_catalog.set_config('work_mem', '16MB', false) AS memory,
    pg_catalog.set_config('client_min_messages', 'warning', false) AS quiet,
    -- The program expects some errors. They must not end the session.
    pg_catalog.set_config('exit_on_error', 'off', false) AS goes_on,
    -- Every transaction sets these too, but some queries run outside of a transaction, such as those after a COMMIT.
    (SELECT pg_catalog.count(pg_catalog.set_config(cost.name, cost.setting, false))
     FROM (VALUES ('parallel_setup_cost', '1000'), ('parallel_tuple_cost', '0.1'), ('min_parallel_table_scan_size', '8MB'),
        ('min_parallel_index_scan_size', '512kB')) AS cost (name, setting)) AS costs,
    CASE WHEN pg_catalog.current_setting('idle_session_timeout', true) IS NOT NULL
        THEN pg_catalog.set_config('idle_session_timeout', '0', false) END AS idle,
    -- Every transaction sets these two again, but a short timeout of the role could end it between BEGIN and that statement.
    pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', false) AS idle_in_transaction,
    CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
        THEN pg_catalog.set_config('transaction_timeout', '0', false) END AS transaction_patient,
    -- If the network connection to the client is lost, the server notices within a minute and releases the run lock.
    pg_catalog.set_config('tcp_keepalives_idle', '20', false) AS keepalives_idle,
    pg_catalog.set_config('tcp_keepalives_interval', '10', false) AS keepalives_interval,
    pg_catalog.set_config('tcp_keepalives_count', '3', false) AS keepalives_count,
    pg_catalog.set_config('oneroof.packet', $5, false) AS packet,
    pg_catalog.set_config('oneroof.governed', $6, false) AS governed,
    pg_catalog.set_config('oneroof.release_digest', $7, false) AS release_digest,
    pg_catalog.set_config('oneroof.ratified_apr', $8, false) AS ratified_apr,
    -- The text that a tier may read as the approval. If the gate is waived, this text says so.
    pg_catalog.set_config('oneroof.approval', CASE WHEN $9 OPERATOR(pg_catalog.=) 'clone' AND $8 OPERATOR(pg_catalog.=) '' THEN 'GATE-WAIVED' ELSE $8 END, false) AS approval,
    pg_catalog.set_config('oneroof.mode', $9, false) AS mode,
    pg_catalog.set_config('oneroof.backup_ref', $10, false) AS backup_ref,
    pg_catalog.set_config('oneroof.role', $11, false) AS role,
    pg_catalog.set_config('oneroof.structure_scope', $12, false) AS structure_scope,
    -- Every other setting that the SQL reads is set to an empty text. Otherwise the SQL could read a value from ALTER ROLE, ALTER DATABASE
    -- or PGOPTIONS.
    (SELECT pg_catalog.count(pg_catalog.set_config(blank.name, '', false))
     FROM (VALUES
        ('oneroof.alignment'), ('oneroof.author'), ('oneroof.before'), ('oneroof.clone_facts'), ('oneroof.clone_name'), ('oneroof.clone_no_owner'),
        ('oneroof.compared'), ('oneroof.content'), ('oneroof.cursor'), ('oneroof.deadline_ms'), ('oneroof.emit'),
        ('oneroof.emitted'), ('oneroof.figures'), ('oneroof.gate'), ('oneroof.lock_ms'), ('oneroof.pins'), ('oneroof.position'),
        ('oneroof.lost_values'), ('oneroof.relation_names'), ('oneroof.relations'), ('oneroof.row_counts'), ('oneroof.row_counts_after'), ('oneroof.ruleset'),
        ('oneroof.scan'), ('oneroof.sequences'), ('oneroof.snapshot'), ('oneroof.states')) AS blank (name)) AS blanked
WHERE pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) $1::pg_catalog.int4
