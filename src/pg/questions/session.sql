-- Pins the settings of one transaction, so that nothing set for the role, the database or the session changes what a release means.
-- The engine runs it in every transaction, after SET LOCAL search_path; the executors for psql run it once, for their session
-- (oneroof.pins = session). A setting that this server does not know is passed over. Timeouts are milliseconds: the deadline comes from
-- oneroof.deadline_ms, how long one try for a lock may take from oneroof.lock_ms (short: 800 ms; ample: a second more than deadlock_timeout).
SELECT pg_catalog.count(pg_catalog.set_config(pinned.name, pinned.setting, pg_catalog.current_setting('oneroof.pins') <> 'session')) AS pinned
FROM (
    VALUES
        ('row_security', 'off'),                          -- a filtered count fails instead of lying
        ('lock_timeout', CASE pg_catalog.current_setting('oneroof.lock_ms')
            WHEN 'short' THEN '800ms'
            WHEN 'ample' THEN (SELECT (known.setting::bigint + 1000)::text FROM pg_catalog.pg_settings AS known WHERE known.name = 'deadlock_timeout')
            ELSE pg_catalog.current_setting('oneroof.lock_ms')
        END),
        ('statement_timeout', pg_catalog.current_setting('oneroof.deadline_ms')),
        ('transaction_timeout', pg_catalog.current_setting('oneroof.deadline_ms')),
        ('idle_in_transaction_session_timeout', '60s'),   -- a frozen client does not keep its locks
        ('client_connection_check_interval', '200ms'),    -- a dead client does not keep its statement
        ('synchronous_commit', 'on'),                     -- a commit that is seen is on disk: the resolver relies on it
        ('standard_conforming_strings', 'on'),
        ('check_function_bodies', 'on'),
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
        -- The database's own zone: it decides what a timestamp without zone means, be it read or written. A zone that is set for the
        -- role, or that the client brings along, is another matter.
        ('TimeZone', coalesce((
            SELECT pg_catalog.split_part(line.setting, '=', 2)
            FROM pg_catalog.pg_db_role_setting AS kept
            JOIN pg_catalog.pg_database AS d ON d.oid = kept.setdatabase AND d.datname = pg_catalog.current_database()
            CROSS JOIN LATERAL pg_catalog.unnest(kept.setconfig) AS line (setting)
            WHERE kept.setrole = 0 AND pg_catalog.lower(pg_catalog.split_part(line.setting, '=', 1) COLLATE "C") = 'timezone'
        ), (SELECT known.reset_val FROM pg_catalog.pg_settings AS known WHERE known.name = 'TimeZone'))),
        ('extra_float_digits', '1'),
        ('lc_messages', 'C'),                             -- superusers only: see the condition below
        ('plan_cache_mode', 'auto'),
        ('quote_all_identifiers', 'off'),                 -- shapes are compared as text
        ('transform_null_equals', 'off'),
        ('force_parallel_mode', 'off'),                   -- a worker is another session; debug_parallel_query from 16 on
        ('debug_parallel_query', 'off'),
        ('jit', 'off'),                                   -- on just-seeded tables it costs more than the queries
        ('role', nullif(pg_catalog.current_setting('oneroof.role', true), ''))  -- last: SET LOCAL ROLE, where one was asked for
) AS pinned (name, setting)
WHERE pg_catalog.current_setting(pinned.name, true) IS NOT NULL
  AND pinned.setting IS NOT NULL
  AND (pinned.name <> 'lc_messages' OR pg_catalog.current_setting('is_superuser') = 'on');
