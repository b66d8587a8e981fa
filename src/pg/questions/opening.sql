-- Asked before anything else on a new session. Where the backend is not the one named at login ($1), it answers no row and sets and
-- locks nothing: behind a pooler a lock would stay with a backend that is not ours.
-- Parameters: $1 process at login, $2 'lock' to take the run lock, $3 and $4 its key, $5 to $12 the values that the SQL reads as settings.
SELECT
    CASE WHEN $2 = 'lock' THEN pg_catalog.pg_try_advisory_lock($3::pg_catalog.int4, $4::pg_catalog.int4) ELSE false END AS locked,
    pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false) AS search_path,
    pg_catalog.set_config('statement_timeout', '0', false) AS patient,
    -- Our lists stay in memory: a server may allow no temporary files, and a role little memory.
    pg_catalog.set_config('work_mem', '16MB', false) AS memory,
    pg_catalog.set_config('client_min_messages', 'warning', false) AS quiet,
    CASE WHEN pg_catalog.current_setting('idle_session_timeout', true) IS NOT NULL
        THEN pg_catalog.set_config('idle_session_timeout', '0', false) END AS idle,
    -- The server notices within a minute that a network has swallowed the client, so the run lock does not stay for hours.
    pg_catalog.set_config('tcp_keepalives_idle', '20', false) AS keepalives_idle,
    pg_catalog.set_config('tcp_keepalives_interval', '10', false) AS keepalives_interval,
    pg_catalog.set_config('tcp_keepalives_count', '3', false) AS keepalives_count,
    pg_catalog.set_config('oneroof.packet', $5, false) AS packet,
    pg_catalog.set_config('oneroof.governed', $6, false) AS governed,
    pg_catalog.set_config('oneroof.release_digest', $7, false) AS release_digest,
    pg_catalog.set_config('oneroof.ratified_apr', $8, false) AS ratified_apr,
    -- What a tier may read as the approval; where the gate is waived it says so.
    pg_catalog.set_config('oneroof.approval', CASE WHEN $9 OPERATOR(pg_catalog.=) 'clone' AND $8 OPERATOR(pg_catalog.=) '' THEN 'GATE-WAIVED' ELSE $8 END, false) AS approval,
    pg_catalog.set_config('oneroof.mode', $9, false) AS mode,
    pg_catalog.set_config('oneroof.backup_ref', $10, false) AS backup_ref,
    pg_catalog.set_config('oneroof.role', $11, false) AS role,
    pg_catalog.set_config('oneroof.structure_scope', $12, false) AS structure_scope,
    -- Every other setting that the SQL reads is emptied: what ALTER ROLE, ALTER DATABASE or PGOPTIONS left in one would answer for us.
    (SELECT pg_catalog.count(pg_catalog.set_config(blank.name, '', false))
     FROM (VALUES
        ('oneroof.alignment'), ('oneroof.before'), ('oneroof.clone_facts'), ('oneroof.clone_name'), ('oneroof.clone_no_owner'),
        ('oneroof.compared'), ('oneroof.content'), ('oneroof.cursor_name'), ('oneroof.cursor_position'), ('oneroof.deadline_ms'), ('oneroof.emit'),
        ('oneroof.emitted'), ('oneroof.figures'), ('oneroof.gate'), ('oneroof.lock_ms'), ('oneroof.pins'),
        ('oneroof.relation_names'), ('oneroof.relations'), ('oneroof.row_counts'), ('oneroof.row_counts_after'), ('oneroof.scan'),
        ('oneroof.scan_ruleset'), ('oneroof.scan_snapshot'), ('oneroof.sequences'), ('oneroof.states')) AS blank (name)) AS blanked
WHERE pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) $1::pg_catalog.int4
