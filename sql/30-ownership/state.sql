-- absent: no row of the tier exists. applied: exactly the shipped rows exist. altered: anything else, with the first difference.
-- People wrote this query, because a derived state compares only columns that are the same in every build. approval_ref is not: it holds
-- the approval code of the release. All rows must have one code, and the rollback finds its rows by created_by, so both are compared here.
-- The build makes the query before and after the tier and its rollback, and stops if the answer is wrong.
WITH shipped (words) AS (
    SELECT 'governance_object_ownership ' || ROW('class', matrix.class_code, bound.scope_code, bound.owner_ref)::text
    FROM (VALUES
        ('LAW', 'L4-PRESIDENT', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT'),
        ('PROC', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
        ('DATA', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
        ('SVC', 'L2-COUNCIL', 'L3-STEWARD', 'L2-COUNCIL', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD'),
        ('ROLE', 'L3-STEWARD', 'L4-PRESIDENT', 'L2-COUNCIL', 'L2-COUNCIL', 'L3-STEWARD', 'L4-PRESIDENT')
    ) AS matrix (class_code, define, approve, operate, observe, remediate, retire)
    CROSS JOIN LATERAL (VALUES
        ('define', matrix.define), ('approve', matrix.approve), ('operate', matrix.operate),
        ('observe', matrix.observe), ('remediate', matrix.remediate), ('retire', matrix.retire)
    ) AS bound (scope_code, owner_ref)
), seeded AS (
    -- The rows that carry the release's tag. Other rows are not part of the tier.
    SELECT owned.subject_kind::text COLLATE "C" AS subject_kind, owned.subject_code::text COLLATE "C" AS subject_code, owned.scope_code::text COLLATE "C" AS scope_code,
        owned.owner_ref::text COLLATE "C" AS owner_ref, owned.approval_ref::text COLLATE "C" AS approval_ref
    FROM public.governance_object_ownership AS owned
    WHERE owned.created_by::text COLLATE "C" = 'F6_OWNERSHIP_SEED_COMMIT'
), live (words) AS (
    SELECT 'governance_object_ownership ' || ROW(seeded.subject_kind, seeded.subject_code, seeded.scope_code, seeded.owner_ref)::text
    FROM seeded
), approved AS (
    -- All rows must carry the same APR code. On a clone whose gate is waived they carry CLONE-GATE-WAIVED instead.
    SELECT pg_catalog.count(DISTINCT coalesce(seeded.approval_ref, '')) = 1
        AND pg_catalog.bool_and(coalesce(seeded.approval_ref ~ '^APR-[A-Z0-9-]{1,60}$' OR (seeded.approval_ref = 'CLONE-GATE-WAIVED'
            AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$'), false)) AS alike,
        pg_catalog.string_agg(DISTINCT coalesce(seeded.approval_ref, 'NULL'), ', ') AS words
    FROM seeded
), difference AS (
    SELECT pg_catalog.concat_ws('; ',
        (SELECT pg_catalog.min(missing.words COLLATE "C") || ' is missing' FROM (TABLE shipped EXCEPT ALL TABLE live) AS missing),
        (SELECT pg_catalog.min(added.words COLLATE "C") || ' was not shipped' FROM (TABLE live EXCEPT ALL TABLE shipped) AS added),
        (SELECT 'the approval_ref of the seed is not one APR code: ' || approved.words FROM approved WHERE NOT approved.alike)) AS words
)
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM live) THEN 'absent'
    WHEN difference.words = '' THEN 'applied'
    ELSE 'altered: ' || difference.words
END
FROM difference
