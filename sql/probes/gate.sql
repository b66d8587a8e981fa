-- The human gate: who ratified what, and which governance event types are active. It only reads. Run it before or after the release:
-- psql -X -d directus -f sql/prod_verify/gate.sql

SELECT ospa.proposal_code, ospa.approval_level, ospa.approved_by, ospa.approved_at,
    coalesce(pg_catalog.substring(ospa.signature_ref::text COLLATE "C", 'release:(sha256:[0-9a-f]{64})'), 'any release') AS approved_for
FROM public.os_proposal_approvals AS ospa
ORDER BY ospa.approved_at, ospa.proposal_code, ospa.approval_level;

SELECT registered.event_type, registered.active
FROM public.event_type_registry AS registered
WHERE registered.domain::text COLLATE "C" = 'governance'
ORDER BY registered.event_type;

-- Governance events in the outbox. There must be none before people turn them on.
SELECT emitted.event_type, pg_catalog.count(*) AS events, pg_catalog.min(emitted.created_at) AS first_at
FROM public.v_governance_event_emit AS emitted
GROUP BY emitted.event_type
ORDER BY emitted.event_type;
