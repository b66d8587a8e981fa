-- Ownership: coverage, the source of the owners, and every pair without an owner or with two. It only reads. Run it after the release:
-- psql -X -d directus -f sql/prod_verify/ownership.sql

SELECT coverage.pairs, coverage.covered, coverage.gaps, coverage.coverage_pct
FROM public.v_oneroof_ownership_coverage AS coverage;

SELECT provenance.subject_kind, provenance.provenance, provenance.owners
FROM public.v_oneroof_ownership_provenance AS provenance
ORDER BY provenance.provenance, provenance.subject_kind;

-- Who wrote the rows, and with which approval.
SELECT owned.created_by, owned.approval_ref, pg_catalog.count(*) AS owners, pg_catalog.max(owned.created_at) AS last_at
FROM public.governance_object_ownership AS owned
GROUP BY owned.created_by, owned.approval_ref
ORDER BY owned.created_by, owned.approval_ref;

-- The matrix as ratified: one row for each class, one column for each scope.
SELECT matrix.class_code, matrix.define, matrix.approve, matrix.operate, matrix.observe, matrix.remediate, matrix.retire
FROM public.v_oneroof_axis_matrix AS matrix
JOIN public.oneroof_axis_value AS class ON class.axis_code = 'CLASS' AND class.value_code = matrix.class_code
ORDER BY class.ordinal;

-- The next two queries must return no row.
SELECT gap.object_code, gap.scope_code
FROM public.v_governance_ownership_gap AS gap
ORDER BY gap.object_code, gap.scope_code;

SELECT conflict.subject_kind, conflict.subject_code, conflict.scope_code, conflict.owners
FROM public.v_governance_ownership_conflict AS conflict
ORDER BY conflict.subject_kind, conflict.subject_code, conflict.scope_code;
