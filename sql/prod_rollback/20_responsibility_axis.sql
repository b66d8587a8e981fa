-- One-Roof Governance Phase 1, rollback of tier 2: axis.
--
-- Removes exactly what the tier wrote. A row that was changed, or that someone else put there, stops it with its name;
-- nothing is lost then.
-- Needs the database directus and no gate: a release stays reversible when the gate closes again.
-- Run by `oneroof rollback`, by 99_rollback_full.sql, or alone: psql -1 -v ON_ERROR_STOP=1 -f.
-- Writes: oneroof_axis, oneroof_axis_value, oneroof_axis_binding.
-- Undo: apply the tier again.
-- oneroof:guard
-- Without BEGIN every statement would be a transaction of its own, and psql goes on after an error. So each transaction that begins
-- from here on is read only, until the last statement of the file; ours has begun already. Run without BEGIN, the file changes nothing.
-- oneroof:use read_only

-- oneroof:use locks
                (2, 'target', 'public.oneroof_axis', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_axis_binding', 'SHARE ROW EXCLUSIVE'),
                (2, 'target', 'public.oneroof_axis_value', 'SHARE ROW EXCLUSIVE')
-- oneroof:used

-- oneroof:use checks
-- oneroof:check transaction
-- oneroof:check database
-- oneroof:check higher_tiers.2
-- oneroof:check standing.2
-- oneroof:used
-- oneroof:body
DELETE FROM public.oneroof_axis_binding AS binding
WHERE binding.class_code IN ('LAW', 'PROC', 'DATA', 'SVC', 'ROLE')
    AND binding.scope_code IN ('define', 'approve', 'operate', 'observe', 'remediate', 'retire');
DELETE FROM public.oneroof_axis_value AS held
WHERE held.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
DELETE FROM public.oneroof_axis AS axis
WHERE axis.axis_code IN ('AUTHORITY', 'SCOPE', 'CLASS');
-- oneroof:assert
-- oneroof:use checks
-- oneroof:check bindings.2
-- oneroof:check axis_values.2
-- oneroof:check axes.2
-- oneroof:check standing.2.2
-- oneroof:used

-- Back to what the session began with.
-- oneroof:use given_back
