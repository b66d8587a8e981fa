-- Gives every governed object its topic: 7 topics, 7 label rules, 35 assignments. The assignments are the complete list that a
-- person reviewed. The label rules must give the same topics for the labels that production has now.

INSERT INTO public.oneroof_topic (topic_code, ordinal, title) VALUES
    ('constitution', 1, 'Constitution'),
    ('lifecycle', 2, 'Lifecycle'),
    ('knowledge', 3, 'Knowledge'),
    ('audit', 4, 'Audit'),
    ('operations', 5, 'Operations'),
    ('integration', 6, 'Integration'),
    ('identity', 7, 'Identity');

-- Of the rules that match a label, the one with the lowest priority number decides, so the narrow rules come first.
INSERT INTO public.oneroof_topic_label_rule (label_pattern, priority, topic_code) VALUES
    ('data/audit%', 1, 'audit'),
    ('svc/bridge%', 2, 'integration'),
    ('law/%', 3, 'constitution'),
    ('proc/%', 4, 'lifecycle'),
    ('data/%', 5, 'knowledge'),
    ('svc/%', 6, 'operations'),
    ('role/%', 7, 'identity');

-- The reviewed assignments. The comment on each line gives the title and label of the object, for the next reviewer.
INSERT INTO public.oneroof_topic_assignment (object_code, topic_code) VALUES
    ('GOV-LAW-01', 'constitution'),         -- Authorization Model, law/authorization-model
    ('GOV-LAW-02', 'constitution'),         -- Ownership Law, law/ownership
    ('GOV-LAW-03', 'constitution'),         -- Approval Law, law/approval
    ('GOV-LAW-04', 'constitution'),         -- Ratification Law, law/ratification
    ('GOV-LAW-05', 'constitution'),         -- Versioning Law, law/versioning
    ('GOV-LAW-06', 'constitution'),         -- Emission Law, law/emission
    ('GOV-LAW-07', 'constitution'),         -- Retention Law, law/retention
    ('GOV-LAW-08', 'constitution'),         -- Amendment Law, law/amendment
    ('GOV-PROC-01', 'lifecycle'),           -- Proposal Lifecycle, proc/proposal
    ('GOV-PROC-02', 'lifecycle'),           -- Review Lifecycle, proc/review
    ('GOV-PROC-03', 'lifecycle'),           -- Release Lifecycle, proc/release
    ('GOV-PROC-04', 'lifecycle'),           -- Incident Lifecycle, proc/incident
    ('GOV-PROC-05', 'lifecycle'),           -- Handover Lifecycle, proc/handover
    ('GOV-PROC-06', 'lifecycle'),           -- Audit Lifecycle, proc/audit
    ('GOV-PROC-07', 'lifecycle'),           -- Retirement Lifecycle, proc/retirement
    ('GOV-DATA-01', 'knowledge'),           -- Knowledge Documents, data/documents
    ('GOV-DATA-02', 'knowledge'),           -- Knowledge Fragments, data/fragments
    ('GOV-DATA-03', 'knowledge'),           -- Collections Registry, data/collections
    ('GOV-DATA-04', 'knowledge'),           -- Field Registry, data/fields
    ('GOV-DATA-05', 'knowledge'),           -- Relation Registry, data/relations
    ('GOV-DATA-06', 'knowledge'),           -- Evolution Snapshots, data/snapshots
    ('GOV-DATA-07', 'knowledge'),           -- Label Registry, data/labels
    ('GOV-DATA-08', 'knowledge'),           -- Species Registry, data/species
    ('GOV-DATA-09', 'audit'),               -- Audit Trail, data/audit-trail
    ('GOV-SVC-01', 'operations'),           -- Content API, svc/content-api
    ('GOV-SVC-02', 'operations'),           -- Search Indexer, svc/search-indexer
    ('GOV-SVC-03', 'operations'),           -- Snapshot Worker, svc/snapshot-worker
    ('GOV-SVC-04', 'operations'),           -- Candidate Scanner, svc/candidate-scanner
    ('GOV-SVC-05', 'operations'),           -- Notification Relay, svc/notification-relay
    ('GOV-SVC-06', 'integration'),          -- Event Bridge, svc/bridge-events
    ('GOV-ROLE-01', 'identity'),            -- President, role/president
    ('GOV-ROLE-02', 'identity'),            -- Council Member, role/council-member
    ('GOV-ROLE-03', 'identity'),            -- Steward, role/steward
    ('GOV-ROLE-04', 'identity'),            -- Operator, role/operator
    ('GOV-ROLE-05', 'identity');            -- Observer, role/observer

ANALYZE public.oneroof_topic, public.oneroof_topic_label_rule, public.oneroof_topic_assignment;
