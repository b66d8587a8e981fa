-- Pins the settings of one transaction, so that nothing set for the role, the database or the session changes what a release means.
-- The engine runs it in every transaction, after SET LOCAL search_path; the scripts for psql run it for their session, before and after each tier
-- (oneroof.pins = session). A setting that this server does not have is left out. Timeouts are in milliseconds. oneroof.deadline_ms is the
-- deadline. oneroof.lock_ms is the time that one try for a lock may take (short: 800 ms; ample: one second more than deadlock_timeout).
SELECT pg_catalog.count(pg_catalog.set_config(pinned.name, pinned.setting, pg_catalog.current_setting('oneroof.pins') <> 'session')) AS pinned
FROM (
    VALUES
        ('row_security', 'off'),                          -- a count that policies would filter fails
        ('lock_timeout', CASE pg_catalog.current_setting('oneroof.lock_ms')
            WHEN 'short' THEN '800ms'
            WHEN 'ample' THEN (SELECT (known.setting::bigint + 1000)::text FROM pg_catalog.pg_settings AS known WHERE known.name = 'deadlock_timeout')
            ELSE pg_catalog.current_setting('oneroof.lock_ms')
        END),
        ('statement_timeout', pg_catalog.current_setting('oneroof.deadline_ms')),
        ('transaction_timeout', (pg_catalog.current_setting('oneroof.deadline_ms')::bigint + 10000)::text),  -- the client ends the transaction first
        ('idle_in_transaction_session_timeout', '60s'),   -- a client that hangs loses its locks
        ('client_connection_check_interval', '200ms'),    -- the statement of a client that is gone ends
        ('synchronous_commit', 'on'),                     -- a COMMIT that is visible is on disk, as the resolver expects
        ('standard_conforming_strings', 'on'),
        ('check_function_bodies', 'on'),
        ('exit_on_error', 'off'),                         -- the program expects some errors
        ('restrict_nonsystem_relation_kind', ''),         -- the release reads views; servers before 2024-11 lack this setting
        ('default_transaction_isolation', 'read committed'),
        ('default_transaction_deferrable', 'off'),
        ('default_transaction_read_only', 'off'),
        ('default_tablespace', ''),
        ('default_table_access_method', 'heap'),
        ('default_with_oids', 'off'),
        ('xmloption', 'content'),
        ('bytea_output', 'hex'),
        ('DateStyle', 'ISO, YMD'),
        ('IntervalStyle', 'postgres'),
        -- The time zone of the database is used. A time zone that is set for the role or by the client would change the values of
        -- timestamps without time zone that the release writes.
        ('TimeZone', coalesce((
            SELECT pg_catalog.split_part(line.setting, '=', 2)
            FROM pg_catalog.pg_db_role_setting AS kept
            JOIN pg_catalog.pg_database AS d ON d.oid = kept.setdatabase AND d.datname = pg_catalog.current_database()
            CROSS JOIN LATERAL pg_catalog.unnest(kept.setconfig) AS line (setting)
            WHERE kept.setrole = 0 AND pg_catalog.lower(pg_catalog.split_part(line.setting, '=', 1) COLLATE "C") = 'timezone'
        ), (SELECT known.reset_val FROM pg_catalog.pg_settings AS known WHERE known.name = 'TimeZone'))),
        ('extra_float_digits', '1'),
        ('lc_messages', 'C'),                             -- only a superuser may set it: see the condition below
        ('plan_cache_mode', 'auto'),
        ('quote_all_identifiers', 'off'),                 -- shapes are compared as text
        ('transform_null_equals', 'off'),
        ('force_parallel_mode', 'off'),                   -- a parallel worker has other locks; debug_parallel_query from 16 on
        ('debug_parallel_query', 'off'),
        ('jit', 'off'),                                   -- compiling would take longer than the queries
        ('parallel_setup_cost', '1000'),                  -- the defaults: with lower costs each check starts parallel workers,
        ('parallel_tuple_cost', '0.1'),                   -- which takes twenty times as long as the checks themselves
        ('min_parallel_table_scan_size', '8MB'),
        ('min_parallel_index_scan_size', '512kB'),
        ('role', nullif(pg_catalog.current_setting('oneroof.role', true), ''))  -- last, and only if a role was given: SET LOCAL ROLE
) AS pinned (name, setting)
WHERE pg_catalog.current_setting(pinned.name, true) IS NOT NULL
  AND pinned.setting IS NOT NULL
  AND (pinned.name <> 'lc_messages' OR pg_catalog.current_setting('is_superuser') = 'on');
