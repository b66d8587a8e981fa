-- expected: revoked
-- hint: Default privileges give EXECUTE to everybody; whoever set them must revoke that.
SELECT CASE
    WHEN pg_catalog.has_function_privilege('public', 'public.fn_oneroof_scan(text, text)', 'EXECUTE') THEN 'granted'
    ELSE 'revoked'
END
