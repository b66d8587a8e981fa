-- expected: yes
-- hint: Connect to the primary. If default_transaction_read_only is on, whoever runs the server resets it (ALTER ROLE or ALTER DATABASE ... RESET).
SELECT CASE
    WHEN pg_catalog.pg_is_in_recovery() THEN 'no: a standby in recovery'
    WHEN s.reset_val = 'on' THEN 'no: default_transaction_read_only is on for this role or database'
    ELSE 'yes'
END FROM pg_catalog.pg_settings AS s WHERE s.name = 'default_transaction_read_only'
