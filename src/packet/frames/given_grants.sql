{{present}}, {{granted}}, mine (role, privilege) AS (
    -- The privileges that ALTER DEFAULT PRIVILEGES gives on new objects of the current role. They differ between databases, so the packet
    -- cannot know them.
    SELECT CASE one.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(one.grantee)::text END, one.privilege_type
    FROM pg_catalog.pg_default_acl AS usual
    JOIN pg_catalog.pg_roles AS r ON r.oid = usual.defaclrole AND r.rolname = current_user
    CROSS JOIN LATERAL pg_catalog.aclexplode(usual.defaclacl) AS one
)
SELECT granted.object, pg_catalog.translate(granted.part, ' :/', '~~~') AS part,
    pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(granted.given, ''), 'UTF8')), 'hex'), 8) AS digest,
    -- by_default: default privileges give every privilege that is granted here, or the owner is the current role. has_default: default
    -- privileges give this role at least one privilege.
    CASE
        WHEN granted.part = 'owner' THEN granted.given = current_user::text
        WHEN coalesce(granted.given, '') = '' THEN EXISTS (SELECT FROM mine)
        ELSE NOT EXISTS (
            SELECT FROM pg_catalog.regexp_split_to_table(granted.given, ' ') AS word (text)
            WHERE NOT EXISTS (
                SELECT FROM mine
                WHERE mine.role = named.role AND mine.privilege = pg_catalog.rtrim(pg_catalog.replace(word.text, 'PUBLIC:', ''), '*')))
    END AS by_default,
    granted.part <> 'owner' AND EXISTS (SELECT FROM mine WHERE mine.role = named.role) AS has_default
FROM granted
CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.substring(granted.part, ' to (.*)$'), 'PUBLIC')
) AS named (role)
WHERE granted.given IS DISTINCT FROM granted.usual;
