-- expected: revoked
-- hint: Everybody may call public.fn_oneroof_scan. Whoever set ALTER DEFAULT PRIVILEGES, or granted EXECUTE to PUBLIC, must revoke it.
SELECT CASE
    WHEN pg_catalog.has_function_privilege('public', 'public.fn_oneroof_scan(text, text)', 'EXECUTE') THEN 'granted'
    ELSE 'revoked'
END
