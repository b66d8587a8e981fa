-- expected: own rights kept
-- hint: ALTER DEFAULT PRIVILEGES revoked privileges that the role needs on the objects that tier 1 creates. The role itself grants them back.
SELECT CASE WHEN EXISTS (
    SELECT FROM pg_catalog.pg_default_acl AS d
    WHERE d.defaclrole = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
        AND d.defaclnamespace = 0 AND d.defaclobjtype IN ('r', 'f')
        AND EXISTS (
            SELECT FROM pg_catalog.unnest(CASE d.defaclobjtype WHEN 'f' THEN ARRAY['EXECUTE'] ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END) AS need (word)
            WHERE NOT EXISTS (
                SELECT FROM pg_catalog.aclexplode(d.defaclacl) AS g WHERE g.grantee = d.defaclrole AND g.privilege_type = need.word))
) THEN 'own rights on new objects are taken away by default' ELSE 'own rights kept' END
