-- The baseline: creates what the release requires in an empty database, with the gate closed.
--
-- It takes the place of production in the lab, the demo, the tests and CI. The packet may rely only
-- on the names and columns of the contract. Everything else here (base tables, keys, triggers,
-- Directus tables) is one of many ways to meet the contract, chosen to be as difficult as production.
--
-- It can be loaded as one message of a driver, or with `psql -v ON_ERROR_STOP=1 -f`. The role that
-- loads it owns all objects. It need not be a superuser, but must have the right to create in the
-- database and in schema public. Every value is fixed, so the dumps of two loads are equal.

DO $lab$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = 'public'::pg_catalog.regnamespace) THEN
        RAISE EXCEPTION 'the lab baseline goes into an empty database: schema public of "%" holds relations',
            pg_catalog.current_database()
            USING HINT = 'Create a database for it, or drop this one if it is a lab that you no longer need.';
    END IF;
END
$lab$;

-- ---------------------------------------------------------------------------------------------
-- The tables that every Directus instance has.

CREATE TABLE public.directus_migrations (
    version varchar(255) NOT NULL PRIMARY KEY,
    name varchar(255) NOT NULL,
    "timestamp" timestamp with time zone DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE public.directus_roles (
    id uuid NOT NULL PRIMARY KEY,
    name varchar(100) NOT NULL,
    icon varchar(64) DEFAULT 'supervised_user_circle' NOT NULL,
    description text
);

CREATE TABLE public.directus_users (
    id uuid NOT NULL PRIMARY KEY,
    first_name varchar(50),
    last_name varchar(50),
    email varchar(128) UNIQUE,
    status varchar(16) DEFAULT 'active' NOT NULL,
    role uuid REFERENCES public.directus_roles (id) ON DELETE SET NULL
);

CREATE TABLE public.directus_collections (
    collection varchar(64) NOT NULL PRIMARY KEY,
    icon varchar(64),
    note text,
    hidden boolean DEFAULT false NOT NULL,
    singleton boolean DEFAULT false NOT NULL
);

CREATE TABLE public.directus_activity (
    id serial PRIMARY KEY,
    action varchar(45) NOT NULL,
    "user" uuid,
    "timestamp" timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    collection varchar(64) NOT NULL,
    item varchar(255) NOT NULL
);

-- ---------------------------------------------------------------------------------------------
-- The governance graph: base tables that the packet never names.

CREATE TABLE public.governance_class (
    code varchar(255) NOT NULL PRIMARY KEY,
    title varchar(255) NOT NULL,
    sort integer NOT NULL
);

CREATE TABLE public.governance_object (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    code varchar(255) NOT NULL UNIQUE,
    class_code varchar(255) NOT NULL REFERENCES public.governance_class (code),
    title varchar(255) NOT NULL,
    label varchar(255) NOT NULL,
    status varchar(255) DEFAULT 'draft' NOT NULL,
    date_created timestamp with time zone,
    CONSTRAINT governance_object_status_check CHECK (status IN ('draft', 'published', 'archived'))
);
CREATE INDEX governance_object_published ON public.governance_object (class_code) WHERE status IN ('published', 'draft');

CREATE TABLE public.governance_scope_definition (
    code varchar(255) NOT NULL PRIMARY KEY,
    title varchar(255) NOT NULL,
    sort integer NOT NULL UNIQUE
);

CREATE TABLE public.governance_object_ownership (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    subject_kind varchar(255) NOT NULL,
    subject_code varchar(255) NOT NULL,
    scope_code varchar(255) NOT NULL,
    owner_ref varchar(255) NOT NULL,
    created_by varchar(255),
    approval_ref varchar(255),
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT governance_object_ownership_kind_check CHECK (subject_kind IN ('class', 'object')),
    CONSTRAINT governance_object_ownership_natural_key UNIQUE (subject_kind, subject_code, scope_code, owner_ref)
);
COMMENT ON TABLE public.governance_object_ownership IS 'Who answers for a class or an object, by scope. No trigger may stand here.';

-- ---------------------------------------------------------------------------------------------
-- The human gate.

CREATE TABLE public.os_proposal_approvals (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    proposal_code varchar(255) NOT NULL,
    approval_level varchar(255) NOT NULL,
    approved_by varchar(255),
    signature_ref text,
    approved_at timestamp with time zone,
    note text,
    CONSTRAINT os_proposal_approvals_level_check CHECK (approval_level IN ('L1', 'L2', 'L3', 'L4'))
);
CREATE INDEX os_proposal_approvals_proposal ON public.os_proposal_approvals (proposal_code);
COMMENT ON TABLE public.os_proposal_approvals IS 'Signatures of people. Written by people, through the ratification form only.';

-- ---------------------------------------------------------------------------------------------
-- Events.

CREATE TABLE public.event_type_registry (
    event_type varchar(255) NOT NULL PRIMARY KEY,
    domain varchar(255) NOT NULL,
    active boolean DEFAULT false NOT NULL,
    description text
);

CREATE TABLE public.event_outbox (
    id bigserial PRIMARY KEY,
    event_type varchar(255) NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    delivered_at timestamp with time zone
);
CREATE INDEX event_outbox_undelivered ON public.event_outbox (created_at) WHERE delivered_at IS NULL;

-- ---------------------------------------------------------------------------------------------
-- Rulesets, snapshots and the candidate scanner's tables.

CREATE TABLE public.governance_ruleset (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    ruleset_code varchar(255) NOT NULL,
    version integer NOT NULL,
    status varchar(255) DEFAULT 'draft' NOT NULL,
    enacted_at timestamp with time zone,
    CONSTRAINT governance_ruleset_version UNIQUE (ruleset_code, version),
    CONSTRAINT governance_ruleset_status_check CHECK (status IN ('draft', 'enacted', 'superseded', 'withdrawn'))
);

CREATE TABLE public.evolution_snapshots (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    snapshot_ref varchar(255) NOT NULL UNIQUE,
    taken_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    summary jsonb
);

CREATE TABLE public.candidate_scan_run (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    ruleset_code varchar(255) NOT NULL,
    snapshot_id uuid NOT NULL REFERENCES public.evolution_snapshots (id),
    state_rows integer DEFAULT 0 NOT NULL,
    object_rows integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE public.candidate_scan_state (
    class_code varchar(255) NOT NULL PRIMARY KEY,
    objects integer NOT NULL,
    covered integer NOT NULL,
    last_run_id uuid NOT NULL REFERENCES public.candidate_scan_run (id),
    CONSTRAINT candidate_scan_state_covered_check CHECK (covered BETWEEN 0 AND objects)
);

CREATE TABLE public.candidate_scan_object (
    object_code varchar(255) NOT NULL PRIMARY KEY,
    class_code varchar(255) NOT NULL,
    scopes_covered integer NOT NULL,
    scopes_total integer NOT NULL,
    last_run_id uuid NOT NULL REFERENCES public.candidate_scan_run (id),
    CONSTRAINT candidate_scan_object_covered_check CHECK (scopes_covered BETWEEN 0 AND scopes_total)
);

CREATE TABLE public.candidate_scan_cursor (
    cursor_name varchar(255) NOT NULL PRIMARY KEY,
    "position" bigint DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

-- ---------------------------------------------------------------------------------------------
-- Issues.

CREATE TABLE public.system_issues (
    id serial PRIMARY KEY,
    code varchar(255) UNIQUE,
    title varchar(255) NOT NULL,
    severity varchar(255) DEFAULT 'info' NOT NULL,
    status varchar(255) DEFAULT 'open' NOT NULL,
    area varchar(255),
    reported_by varchar(255),
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp with time zone
);

CREATE TABLE public.system_issue_history (
    id bigserial PRIMARY KEY,
    issue integer NOT NULL REFERENCES public.system_issues (id),
    old_status varchar(255),
    new_status varchar(255) NOT NULL,
    changed_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE public.system_issue_statistics (
    severity varchar(255) NOT NULL PRIMARY KEY,
    issues integer DEFAULT 0 NOT NULL
);

-- ---------------------------------------------------------------------------------------------
-- Rows. They are inserted before the triggers exist, as in a restore, because the triggers would set today's date.

INSERT INTO public.directus_migrations (version, name, "timestamp") VALUES
    ('20201028A', 'Remove Collection Foreign Keys', '2025-09-01 10:00:00+00'),
    ('20230526A', 'Migrate Translation Strings', '2025-09-01 10:00:01+00'),
    ('20240806A', 'Permissions Policies', '2025-09-01 10:00:02+00'),
    ('20260214A', 'Governance Graph', '2026-02-14 09:30:00+00'),
    ('20260320A', 'Event Outbox', '2026-03-20 09:30:00+00');

INSERT INTO public.directus_roles (id, name, icon, description) VALUES
    ('d0a8e884-9c89-59c3-b942-355cfa2b905f', 'Administrator', 'verified', 'Everything'),
    ('4abe780c-75ce-544d-a332-9279cf34e292', 'Editor', 'edit', NULL);

INSERT INTO public.directus_users (id, first_name, last_name, email, status, role) VALUES
    ('c5db848b-f21d-50e0-9473-6e461652df9a', 'Member', 'One', 'member-1@example.org', 'active', 'd0a8e884-9c89-59c3-b942-355cfa2b905f'),
    ('a0c321d1-a800-5ca8-a418-884d52be2067', 'Member', 'Two', 'member-2@example.org', 'active', '4abe780c-75ce-544d-a332-9279cf34e292'),
    ('d4d6bcd7-f2c8-5a68-8985-ad922e30c06f', 'Member', 'Three', 'member-3@example.org', 'suspended', '4abe780c-75ce-544d-a332-9279cf34e292');

INSERT INTO public.directus_collections (collection, icon, note, hidden, singleton) VALUES
    ('governance_object', 'account_tree', 'The governed objects', false, false),
    ('governance_object_ownership', 'badge', NULL, false, false),
    ('os_proposal_approvals', 'draw', 'Signatures; never edited here', true, false),
    ('system_issues', 'bug_report', NULL, false, false);

INSERT INTO public.directus_activity (id, action, "user", "timestamp", collection, item) VALUES
    (1, 'login', 'c5db848b-f21d-50e0-9473-6e461652df9a', '2026-05-30 07:58:11+00', 'directus_users', 'c5db848b-f21d-50e0-9473-6e461652df9a'),
    (2, 'update', 'c5db848b-f21d-50e0-9473-6e461652df9a', '2026-05-30 08:02:45+00', 'governance_object', 'GOV-DATA-07'),
    (3, 'login', 'a0c321d1-a800-5ca8-a418-884d52be2067', '2026-05-31 12:20:09+00', 'directus_users', 'a0c321d1-a800-5ca8-a418-884d52be2067'),
    (5, 'create', 'a0c321d1-a800-5ca8-a418-884d52be2067', '2026-05-31 12:31:54+00', 'system_issues', '42');

INSERT INTO public.governance_class (code, title, sort) VALUES
    ('LAW', 'Law', 1),
    ('PROC', 'Process', 2),
    ('DATA', 'Data', 3),
    ('SVC', 'Service', 4),
    ('ROLE', 'Role', 5);

INSERT INTO public.governance_object (id, code, class_code, title, label, status, date_created) VALUES
    ('2c425baf-e5e3-5b7d-a286-86515c5a4ef6', 'GOV-LAW-01', 'LAW', 'Authorization Model', 'law/authorization-model', 'published', '2026-04-01 08:00:00+00'),
    ('6dff3cad-c04a-5655-bc17-e843b7e4bf68', 'GOV-LAW-02', 'LAW', 'Ownership Law', 'law/ownership', 'published', '2026-04-02 08:00:00+00'),
    ('b0a9d332-1977-5e21-9440-58ccd86c7dbc', 'GOV-LAW-03', 'LAW', 'Approval Law', 'law/approval', 'published', '2026-04-03 08:00:00+00'),
    ('6c0019fc-2f42-535a-8540-de62ac2c14a7', 'GOV-LAW-04', 'LAW', 'Ratification Law', 'law/ratification', 'published', '2026-04-04 08:00:00+00'),
    ('a0c7d749-1500-5955-91f9-e11dd19983a5', 'GOV-LAW-05', 'LAW', 'Versioning Law', 'law/versioning', 'published', '2026-04-05 08:00:00+00'),
    ('219234e7-50a9-53ac-bd74-afacfd454bb2', 'GOV-LAW-06', 'LAW', 'Emission Law', 'law/emission', 'published', '2026-04-06 08:00:00+00'),
    ('224c8720-9f58-56f2-9b24-db0bb40cc3a3', 'GOV-LAW-07', 'LAW', 'Retention Law', 'law/retention', 'published', '2026-04-07 08:00:00+00'),
    ('58a8a891-6057-50b7-b564-61ccde0bcdbb', 'GOV-LAW-08', 'LAW', 'Amendment Law', 'law/amendment', 'published', '2026-04-08 08:00:00+00'),
    ('95124314-97bc-5ad8-bc34-932655919cba', 'GOV-PROC-01', 'PROC', 'Proposal Lifecycle', 'proc/proposal', 'published', '2026-04-09 08:00:00+00'),
    ('c37b4ec4-f575-5ca1-b006-ccc43be5c65d', 'GOV-PROC-02', 'PROC', 'Review Lifecycle', 'proc/review', 'published', '2026-04-10 08:00:00+00'),
    ('7832cbfd-b001-581b-8595-752485e80f33', 'GOV-PROC-03', 'PROC', 'Release Lifecycle', 'proc/release', 'published', '2026-04-11 08:00:00+00'),
    ('88125ba1-74ae-52a2-874b-8f82e347e94f', 'GOV-PROC-04', 'PROC', 'Incident Lifecycle', 'proc/incident', 'published', '2026-04-12 08:00:00+00'),
    ('07c2c7b4-ec36-546c-a61d-d66da3c3702d', 'GOV-PROC-05', 'PROC', 'Handover Lifecycle', 'proc/handover', 'published', '2026-04-13 08:00:00+00'),
    ('ecd5f045-ab21-5598-b784-340094636c8d', 'GOV-PROC-06', 'PROC', 'Audit Lifecycle', 'proc/audit', 'published', '2026-04-14 08:00:00+00'),
    ('6523c23e-2a79-513d-ad11-7916da9068fb', 'GOV-PROC-07', 'PROC', 'Retirement Lifecycle', 'proc/retirement', 'published', '2026-04-15 08:00:00+00'),
    ('c61fde4a-2adb-5fca-bdb8-4740e951e5d7', 'GOV-DATA-01', 'DATA', 'Knowledge Documents', 'data/documents', 'published', '2026-04-16 08:00:00+00'),
    ('0febb811-2c33-5b6d-8e6d-41b691890f4d', 'GOV-DATA-02', 'DATA', 'Knowledge Fragments', 'data/fragments', 'published', '2026-04-17 08:00:00+00'),
    ('2a4aafc2-6689-508d-a24c-4ca251d6170c', 'GOV-DATA-03', 'DATA', 'Collections Registry', 'data/collections', 'published', '2026-04-18 08:00:00+00'),
    ('18fe026e-7166-58b6-83fe-16002360cb5c', 'GOV-DATA-04', 'DATA', 'Field Registry', 'data/fields', 'published', '2026-04-19 08:00:00+00'),
    ('4d70a306-b15e-560c-9a5c-3982f11196f4', 'GOV-DATA-05', 'DATA', 'Relation Registry', 'data/relations', 'published', '2026-04-20 08:00:00+00'),
    ('3cb13a35-3a3c-5f85-863c-91af478077c0', 'GOV-DATA-06', 'DATA', 'Evolution Snapshots', 'data/snapshots', 'published', '2026-04-21 08:00:00+00'),
    ('2760967c-bf20-562a-a783-83d00bef96ad', 'GOV-DATA-07', 'DATA', 'Label Registry', 'data/labels', 'published', '2026-04-22 08:00:00+00'),
    ('287ae160-8897-5ca4-bbba-9679c41bcaed', 'GOV-DATA-08', 'DATA', 'Species Registry', 'data/species', 'published', '2026-04-23 08:00:00+00'),
    ('9bdf59c8-7058-5614-adb4-392e2e6c1c50', 'GOV-DATA-09', 'DATA', 'Audit Trail', 'data/audit-trail', 'published', '2026-04-24 08:00:00+00'),
    ('41d5c4d3-27da-5b40-af75-f5c6eaa2c90f', 'GOV-SVC-01', 'SVC', 'Content API', 'svc/content-api', 'published', '2026-04-25 08:00:00+00'),
    ('bcdd7408-8471-5243-91ea-fe03cc5c1234', 'GOV-SVC-02', 'SVC', 'Search Indexer', 'svc/search-indexer', 'published', '2026-04-26 08:00:00+00'),
    ('d6865b87-b6b6-5844-95fb-d9d7b48bac5c', 'GOV-SVC-03', 'SVC', 'Snapshot Worker', 'svc/snapshot-worker', 'published', '2026-04-27 08:00:00+00'),
    ('860383b9-c77f-5a46-9098-0aed24003c3e', 'GOV-SVC-04', 'SVC', 'Candidate Scanner', 'svc/candidate-scanner', 'published', '2026-04-28 08:00:00+00'),
    ('05f7fdfd-4be8-5afe-805e-997fed023818', 'GOV-SVC-05', 'SVC', 'Notification Relay', 'svc/notification-relay', 'published', '2026-04-01 08:00:00+00'),
    ('efed96cd-c99c-5b71-aba0-dc6a2107efc9', 'GOV-SVC-06', 'SVC', 'Event Bridge', 'svc/bridge-events', 'published', '2026-04-02 08:00:00+00'),
    ('ff021d78-6e93-54f2-9f7f-9b5bfb7f86e2', 'GOV-ROLE-01', 'ROLE', 'President', 'role/president', 'published', '2026-04-03 08:00:00+00'),
    ('d8413152-8621-56c0-8c47-db6acb27053f', 'GOV-ROLE-02', 'ROLE', 'Council Member', 'role/council-member', 'published', '2026-04-04 08:00:00+00'),
    ('5b3a4a9e-4558-5ab6-a0eb-61245b2500b4', 'GOV-ROLE-03', 'ROLE', 'Steward', 'role/steward', 'published', '2026-04-05 08:00:00+00'),
    ('456f0ecb-66c1-5726-873a-ebca21d90d35', 'GOV-ROLE-04', 'ROLE', 'Operator', 'role/operator', 'published', '2026-04-06 08:00:00+00'),
    ('c586e769-8109-508f-842f-a56c13186b4c', 'GOV-ROLE-05', 'ROLE', 'Observer', 'role/observer', 'published', '2026-04-07 08:00:00+00'),
    ('0d6fd974-9171-5bad-975f-8d45c723842d', 'GOV-DATA-00', 'DATA', 'Legacy Snippets', 'data/legacy-snippets', 'archived', '2025-11-03 08:00:00+00');

INSERT INTO public.governance_scope_definition (code, title, sort) VALUES
    ('define', 'Define', 1),
    ('approve', 'Approve', 2),
    ('operate', 'Operate', 3),
    ('observe', 'Observe', 4),
    ('remediate', 'Remediate', 5),
    ('retire', 'Retire', 6);

INSERT INTO public.event_type_registry (event_type, domain, active, description) VALUES
    ('content.document.published', 'content', true, 'A document went live'),
    ('content.document.updated', 'content', true, 'A document changed'),
    ('media.file.uploaded', 'media', true, NULL),
    ('media.file.purged', 'media', false, 'Planned'),
    ('search.index.refreshed', 'search', true, NULL),
    ('user.session.opened', 'identity', true, NULL),
    ('issue.escalated', 'operations', true, 'A critical issue was reported'),
    ('governance.ownership.changed', 'governance', false, 'Activation is a human act'),
    ('governance.scan.finding', 'governance', false, 'Activation is a human act'),
    ('governance.ruleset.enacted', 'governance', false, 'Activation is a human act');

INSERT INTO public.event_outbox (id, event_type, payload, created_at, delivered_at) VALUES
    (1, 'content.document.published', '{"document": 100, "language": "en", "revision": 1}', '2026-05-01 06:00:00+00', '2026-05-01 06:00:04+00'),
    (2, 'media.file.uploaded', '{"file": "54c82cf5-ea63-509d-be1c-03236b44dfa0", "bytes": 41937, "type": "image/webp"}', '2026-05-02 03:11:00+00', '2026-05-02 03:11:04+00'),
    (3, 'user.session.opened', '{"user": "d4d6bcd7-f2c8-5a68-8985-ad922e30c06f", "second_factor": true}', '2026-05-03 00:22:00+00', '2026-05-03 00:22:04+00'),
    (4, 'content.document.updated', '{"document": 106, "fields": ["title", "body"], "revision": 5}', '2026-05-03 21:33:00+00', '2026-05-03 21:33:04+00'),
    (5, 'user.session.opened', '{"user": "a0c321d1-a800-5ca8-a418-884d52be2067", "second_factor": true}', '2026-05-04 18:44:00+00', '2026-05-04 18:44:04+00'),
    (6, 'content.document.updated', '{"document": 110, "fields": ["title", "body"], "revision": 3}', '2026-05-05 15:55:00+00', '2026-05-05 15:55:04+00'),
    (7, 'search.index.refreshed', '{"index": "documents", "changed": 18, "seconds": 1.0}', '2026-05-06 12:06:00+00', '2026-05-06 12:06:04+00'),
    (8, 'content.document.published', '{"document": 121, "language": "en", "revision": 3}', '2026-05-07 09:17:00+00', '2026-05-07 09:17:04+00'),
    (9, 'search.index.refreshed', '{"index": "documents", "changed": 20, "seconds": 1.2}', '2026-05-08 06:28:00+00', '2026-05-08 06:28:04+00'),
    (12, 'content.document.published', '{"document": 127, "language": "en", "revision": 5}', '2026-05-09 03:39:00+00', '2026-05-09 03:39:04+00'),
    (13, 'media.file.uploaded', '{"file": "e46b58bf-dd18-508c-bd52-fd5f53a99b8b", "bytes": 50730, "type": "image/webp"}', '2026-05-10 00:50:00+00', '2026-05-10 00:50:04+00'),
    (14, 'user.session.opened', '{"user": "d4d6bcd7-f2c8-5a68-8985-ad922e30c06f", "second_factor": true}', '2026-05-10 21:01:00+00', '2026-05-10 21:01:04+00'),
    (15, 'media.file.uploaded', '{"file": "48c896b6-b5bd-5d87-9830-233cd0e3e00e", "bytes": 52684, "type": "image/webp"}', '2026-05-11 18:12:00+00', '2026-05-11 18:12:04+00'),
    (16, 'user.session.opened', '{"user": "a0c321d1-a800-5ca8-a418-884d52be2067", "second_factor": true}', '2026-05-12 15:23:00+00', '2026-05-12 15:23:04+00'),
    (17, 'issue.escalated', '{"issue": 15, "severity": "critical"}', '2026-05-13 12:34:00+00', '2026-05-13 12:34:04+00'),
    (18, 'search.index.refreshed', '{"index": "documents", "changed": 27, "seconds": 1.9}', '2026-05-14 09:45:00+00', '2026-05-14 09:45:04+00'),
    (19, 'content.document.updated', '{"document": 132, "fields": ["title", "body"], "revision": 2}', '2026-05-15 06:56:00+00', '2026-05-15 06:56:04+00'),
    (20, 'search.index.refreshed', '{"index": "documents", "changed": 29, "seconds": 2.1}', '2026-05-16 03:07:00+00', '2026-05-16 03:07:04+00'),
    (21, 'content.document.published', '{"document": 154, "language": "en", "revision": 4}', '2026-05-17 00:18:00+00', '2026-05-17 00:18:04+00'),
    (22, 'media.file.uploaded', '{"file": "fd760e28-44b3-57ba-a117-aca973f5ad25", "bytes": 59523, "type": "image/webp"}', '2026-05-17 21:29:00+00', '2026-05-17 21:29:04+00'),
    (23, 'content.document.published', '{"document": 160, "language": "en", "revision": 1}', '2026-05-18 18:40:00+00', '2026-05-18 18:40:04+00'),
    (24, 'media.file.uploaded', '{"file": "16632e7f-05cd-5c0e-ab2e-0b98f6e71706", "bytes": 61477, "type": "image/webp"}', '2026-05-19 15:51:00+00', '2026-05-19 15:51:04+00'),
    (25, 'user.session.opened', '{"user": "a0c321d1-a800-5ca8-a418-884d52be2067", "second_factor": true}', '2026-05-20 12:02:00+00', NULL),
    (26, 'content.document.updated', '{"document": 146, "fields": ["title", "body"], "revision": 5}', '2026-05-21 09:13:00+00', NULL),
    (27, 'user.session.opened', '{"user": "c5db848b-f21d-50e0-9473-6e461652df9a", "second_factor": true}', '2026-05-22 06:24:00+00', NULL);

INSERT INTO public.governance_ruleset (id, ruleset_code, version, status, enacted_at) VALUES
    ('4281e8f9-ceab-5331-ba71-a54e69e2dce7', 'RULESET-GOV-1', 1, 'superseded', '2026-02-20 10:00:00+00'),
    ('003ec85b-7baa-57bd-ac49-489d374aef3d', 'RULESET-GOV-1', 3, 'enacted', '2026-05-15 10:00:00+00'),
    ('fc008df9-accd-56ec-a78f-138d57aea308', 'RULESET-GOV-1', 2, 'superseded', '2026-03-28 10:00:00+00'),
    ('b8d5b339-da93-5f59-b345-b2c7e57884fc', 'RULESET-OPS-1', 4, 'draft', NULL);

INSERT INTO public.evolution_snapshots (id, snapshot_ref, taken_at, summary) VALUES
    ('7dd0b651-39c4-58ad-9e51-19bb79f0461b', 'SNAP-2026-04-30', '2026-04-30 22:00:00+00', '{"objects": 31, "classes": 5}'),
    ('cfc1e231-6e54-56c7-8ccf-8494554f80ec', 'SNAP-2026-06-02', '2026-06-02 22:00:00+00', '{"objects": 35, "classes": 5}'),
    ('6a7d3ee6-4adb-52d6-aa30-c478c4efcc00', 'SNAP-2026-05-10', '2026-05-10 22:00:00+00', '{"objects": 32, "classes": 5}'),
    ('dfb6c34b-e98c-5c12-bf85-3495b3071fd7', 'SNAP-2026-05-31', '2026-05-31 22:00:00+00', '{"objects": 34, "classes": 5}'),
    ('00e55220-e8d4-593f-8cad-78aeffc0d7f0', 'SNAP-2026-05-20', '2026-05-20 22:00:00+00', '{"objects": 33, "classes": 5}');

INSERT INTO public.candidate_scan_cursor (cursor_name, "position", updated_at) VALUES
    ('candidate_scan', 0, '2026-05-15 10:05:00+00');

INSERT INTO public.system_issues (id, code, title, severity, status, area, reported_by, created_at, updated_at) VALUES
    (1, 'ISS-00001', 'Search index lags behind publication', 'warning', 'closed', 'search', 'editor', '2026-05-01 06:00:00+00', '2026-05-01 18:00:00+00'),
    (2, 'ISS-00002', 'Image transformation times out on large files', 'error', 'closed', 'media', 'monitor', '2026-05-01 19:07:00+00', '2026-05-02 07:07:00+00'),
    (3, 'ISS-00003', 'Duplicate slug accepted in the news collection', 'warning', 'closed', 'content', 'monitor', '2026-05-02 08:14:00+00', '2026-05-02 20:14:00+00'),
    (4, 'ISS-00004', 'Snapshot worker skipped a nightly run', 'error', 'closed', 'snapshots', 'editor', '2026-05-02 21:21:00+00', '2026-05-03 09:21:00+00'),
    (5, 'ISS-00005', 'Bridge retried a delivery seventeen times', 'warning', 'closed', 'bridge', 'monitor', '2026-05-03 10:28:00+00', '2026-05-03 22:28:00+00'),
    (6, 'ISS-00006', 'Label without a topic on two documents', 'info', 'closed', 'labels', 'monitor', '2026-05-03 23:35:00+00', '2026-05-04 11:35:00+00'),
    (7, 'ISS-00007', 'Session table grows without bound', 'warning', 'resolved', 'sessions', 'editor', '2026-05-04 12:42:00+00', '2026-05-04 21:42:00+00'),
    (8, 'ISS-00008', 'Webhook answered 502 for three minutes', 'error', 'resolved', 'bridge', 'monitor', '2026-05-05 01:49:00+00', '2026-05-05 10:49:00+00'),
    (9, 'ISS-00009', 'Fragment references a deleted document', 'error', 'resolved', 'content', 'monitor', '2026-05-05 14:56:00+00', '2026-05-05 23:56:00+00'),
    (10, 'ISS-00010', 'Translation missing for the footer', 'info', 'resolved', 'content', 'editor', '2026-05-06 03:03:00+00', '2026-05-06 12:03:00+00'),
    (11, 'ISS-00011', 'Field note shows raw markdown', 'info', 'resolved', 'fields', 'monitor', '2026-05-06 16:10:00+00', '2026-05-07 01:10:00+00'),
    (12, 'ISS-00012', 'Relation between species and labels is one-sided', 'warning', 'resolved', 'relations', 'monitor', '2026-05-07 05:17:00+00', '2026-05-07 14:17:00+00'),
    (14, 'ISS-00014', 'Certificate renewal came two days late', 'warning', 'resolved', 'operations', 'editor', '2026-05-07 18:24:00+00', '2026-05-08 03:24:00+00'),
    (15, 'ISS-00015', 'Audit trail shows two actors for one change', 'critical', 'resolved', 'audit', 'monitor', '2026-05-08 07:31:00+00', '2026-05-08 16:31:00+00'),
    (16, 'ISS-00016', 'Upload rejected for a valid SVG', 'warning', 'resolved', 'media', 'monitor', '2026-05-08 20:38:00+00', '2026-05-09 05:38:00+00'),
    (17, 'ISS-00017', 'Search returns archived documents', 'error', 'in_progress', 'search', 'editor', '2026-05-09 09:45:00+00', '2026-05-09 15:45:00+00'),
    (18, 'ISS-00018', 'Collection icon missing after upgrade', 'info', 'in_progress', 'collections', 'monitor', '2026-05-09 22:52:00+00', '2026-05-10 04:52:00+00'),
    (19, 'ISS-00019', 'Slow query on the species registry', 'warning', 'in_progress', 'species', 'monitor', '2026-05-10 11:59:00+00', '2026-05-10 17:59:00+00'),
    (20, 'ISS-00020', 'Notification relay sent a message twice', 'warning', 'in_progress', 'relay', 'editor', '2026-05-11 00:06:00+00', '2026-05-11 06:06:00+00'),
    (21, 'ISS-00021', 'Snapshot reference has a trailing blank', 'info', 'in_progress', 'snapshots', 'monitor', '2026-05-11 13:13:00+00', '2026-05-11 19:13:00+00'),
    (22, 'ISS-00022', 'Editor loses focus while autosaving', 'info', 'in_progress', 'content', 'monitor', '2026-05-12 02:20:00+00', '2026-05-12 08:20:00+00'),
    (23, 'ISS-00023', 'Export of 4,000 rows ends after 2,500', 'error', 'in_progress', 'content', 'editor', '2026-05-12 15:27:00+00', '2026-05-12 21:27:00+00'),
    (24, 'ISS-00024', 'Permission preset missing for observers', 'warning', 'in_progress', 'permissions', 'monitor', '2026-05-13 04:34:00+00', '2026-05-13 10:34:00+00'),
    (25, 'ISS-00025', 'Wrong time zone in the activity list', 'info', 'in_progress', 'activity', 'monitor', '2026-05-13 17:41:00+00', '2026-05-13 23:41:00+00'),
    (26, 'ISS-00026', 'Content API answers 429 too early', 'warning', 'triaged', 'api', 'editor', '2026-05-14 06:48:00+00', '2026-05-14 09:48:00+00'),
    (27, 'ISS-00027', 'Broken link in the handover checklist', 'info', 'triaged', 'documents', 'monitor', '2026-05-14 19:55:00+00', '2026-05-14 22:55:00+00'),
    (28, 'ISS-00028', 'Old revision shown after publish', 'error', 'triaged', 'content', 'monitor', '2026-05-15 08:02:00+00', '2026-05-15 11:02:00+00'),
    (29, 'ISS-00029', 'Disk use above eighty per cent', 'warning', 'triaged', 'operations', 'editor', '2026-05-15 21:09:00+00', '2026-05-16 00:09:00+00'),
    (30, 'ISS-00030', 'Fragment title cut at 255 characters', 'warning', 'triaged', 'fragments', 'monitor', '2026-05-16 10:16:00+00', '2026-05-16 13:16:00+00'),
    (31, 'ISS-00031', 'Label registry holds two spellings', 'info', 'triaged', 'labels', 'monitor', '2026-05-16 23:23:00+00', '2026-05-17 02:23:00+00'),
    (33, 'ISS-00033', 'Backup took forty minutes longer than usual', 'warning', 'triaged', 'operations', 'editor', '2026-05-17 12:30:00+00', '2026-05-17 15:30:00+00'),
    (34, 'ISS-00034', 'Login page shows the old logo', 'info', 'triaged', 'branding', 'monitor', '2026-05-18 01:37:00+00', '2026-05-18 04:37:00+00'),
    (35, 'ISS-00035', 'Relay queue holds a message for an unknown user', 'warning', 'triaged', 'relay', 'monitor', '2026-05-18 14:44:00+00', '2026-05-18 17:44:00+00'),
    (36, 'ISS-00036', 'Species code reused after retirement', 'error', 'open', 'species', 'editor', '2026-05-19 03:51:00+00', '2026-05-19 03:51:00+00'),
    (37, 'ISS-00037', 'Deadlock while two editors sort one list', 'error', 'open', 'content', 'monitor', '2026-05-19 16:58:00+00', '2026-05-19 16:58:00+00'),
    (38, 'ISS-00038', 'Scheduled publication came an hour late', 'error', 'open', 'content', 'monitor', '2026-05-20 05:05:00+00', '2026-05-20 05:05:00+00'),
    (39, 'ISS-00039', 'Nightly report is empty on Mondays', 'warning', 'open', 'reports', 'editor', '2026-05-20 18:12:00+00', '2026-05-20 18:12:00+00'),
    (40, 'ISS-00040', 'Revision diff hides removed rows', 'info', 'open', 'content', 'monitor', '2026-05-21 07:19:00+00', '2026-05-21 07:19:00+00'),
    (41, 'ISS-00041', 'Field validation message is untranslated', 'info', 'open', 'fields', 'monitor', '2026-05-21 20:26:00+00', '2026-05-21 20:26:00+00'),
    (42, 'ISS-00042', 'Activity export lacks the user''s name', 'warning', 'open', 'activity', 'editor', '2026-05-22 09:33:00+00', '2026-05-22 09:33:00+00'),
    (43, 'ISS-00043', 'Media folder shows a wrong count', 'info', 'open', 'media', 'monitor', '2026-05-22 22:40:00+00', '2026-05-22 22:40:00+00');

INSERT INTO public.system_issue_history (id, issue, old_status, new_status, changed_at) VALUES
    (1, 1, NULL, 'open', '2026-05-01 06:00:00+00'),
    (2, 1, 'open', 'closed', '2026-05-01 18:00:00+00'),
    (3, 2, NULL, 'open', '2026-05-01 19:07:00+00'),
    (4, 2, 'open', 'closed', '2026-05-02 07:07:00+00'),
    (5, 3, NULL, 'open', '2026-05-02 08:14:00+00'),
    (6, 3, 'open', 'closed', '2026-05-02 20:14:00+00'),
    (7, 4, NULL, 'open', '2026-05-02 21:21:00+00'),
    (8, 4, 'open', 'closed', '2026-05-03 09:21:00+00'),
    (9, 5, NULL, 'open', '2026-05-03 10:28:00+00'),
    (10, 5, 'open', 'closed', '2026-05-03 22:28:00+00'),
    (11, 6, NULL, 'open', '2026-05-03 23:35:00+00'),
    (12, 6, 'open', 'closed', '2026-05-04 11:35:00+00'),
    (13, 7, NULL, 'open', '2026-05-04 12:42:00+00'),
    (14, 7, 'open', 'resolved', '2026-05-04 21:42:00+00'),
    (15, 8, NULL, 'open', '2026-05-05 01:49:00+00'),
    (16, 8, 'open', 'resolved', '2026-05-05 10:49:00+00'),
    (17, 9, NULL, 'open', '2026-05-05 14:56:00+00'),
    (18, 9, 'open', 'resolved', '2026-05-05 23:56:00+00'),
    (19, 10, NULL, 'open', '2026-05-06 03:03:00+00'),
    (20, 10, 'open', 'resolved', '2026-05-06 12:03:00+00'),
    (21, 11, NULL, 'open', '2026-05-06 16:10:00+00'),
    (22, 11, 'open', 'resolved', '2026-05-07 01:10:00+00'),
    (23, 12, NULL, 'open', '2026-05-07 05:17:00+00'),
    (24, 12, 'open', 'resolved', '2026-05-07 14:17:00+00'),
    (25, 14, NULL, 'open', '2026-05-07 18:24:00+00'),
    (26, 14, 'open', 'resolved', '2026-05-08 03:24:00+00'),
    (27, 15, NULL, 'open', '2026-05-08 07:31:00+00'),
    (28, 15, 'open', 'resolved', '2026-05-08 16:31:00+00'),
    (29, 16, NULL, 'open', '2026-05-08 20:38:00+00'),
    (30, 16, 'open', 'resolved', '2026-05-09 05:38:00+00'),
    (31, 17, NULL, 'open', '2026-05-09 09:45:00+00'),
    (32, 17, 'open', 'in_progress', '2026-05-09 15:45:00+00'),
    (33, 18, NULL, 'open', '2026-05-09 22:52:00+00'),
    (34, 18, 'open', 'in_progress', '2026-05-10 04:52:00+00'),
    (35, 19, NULL, 'open', '2026-05-10 11:59:00+00'),
    (36, 19, 'open', 'in_progress', '2026-05-10 17:59:00+00'),
    (37, 20, NULL, 'open', '2026-05-11 00:06:00+00'),
    (38, 20, 'open', 'in_progress', '2026-05-11 06:06:00+00'),
    (39, 21, NULL, 'open', '2026-05-11 13:13:00+00'),
    (40, 21, 'open', 'in_progress', '2026-05-11 19:13:00+00'),
    (41, 22, NULL, 'open', '2026-05-12 02:20:00+00'),
    (42, 22, 'open', 'in_progress', '2026-05-12 08:20:00+00'),
    (43, 23, NULL, 'open', '2026-05-12 15:27:00+00'),
    (44, 23, 'open', 'in_progress', '2026-05-12 21:27:00+00'),
    (45, 24, NULL, 'open', '2026-05-13 04:34:00+00'),
    (46, 24, 'open', 'in_progress', '2026-05-13 10:34:00+00'),
    (47, 25, NULL, 'open', '2026-05-13 17:41:00+00'),
    (48, 25, 'open', 'in_progress', '2026-05-13 23:41:00+00'),
    (49, 26, NULL, 'open', '2026-05-14 06:48:00+00'),
    (50, 26, 'open', 'triaged', '2026-05-14 09:48:00+00'),
    (51, 27, NULL, 'open', '2026-05-14 19:55:00+00'),
    (52, 27, 'open', 'triaged', '2026-05-14 22:55:00+00'),
    (53, 28, NULL, 'open', '2026-05-15 08:02:00+00'),
    (54, 28, 'open', 'triaged', '2026-05-15 11:02:00+00'),
    (55, 29, NULL, 'open', '2026-05-15 21:09:00+00'),
    (56, 29, 'open', 'triaged', '2026-05-16 00:09:00+00'),
    (57, 30, NULL, 'open', '2026-05-16 10:16:00+00'),
    (58, 30, 'open', 'triaged', '2026-05-16 13:16:00+00'),
    (59, 31, NULL, 'open', '2026-05-16 23:23:00+00'),
    (60, 31, 'open', 'triaged', '2026-05-17 02:23:00+00'),
    (61, 33, NULL, 'open', '2026-05-17 12:30:00+00'),
    (62, 33, 'open', 'triaged', '2026-05-17 15:30:00+00'),
    (63, 34, NULL, 'open', '2026-05-18 01:37:00+00'),
    (64, 34, 'open', 'triaged', '2026-05-18 04:37:00+00'),
    (65, 35, NULL, 'open', '2026-05-18 14:44:00+00'),
    (66, 35, 'open', 'triaged', '2026-05-18 17:44:00+00'),
    (67, 36, NULL, 'open', '2026-05-19 03:51:00+00'),
    (68, 37, NULL, 'open', '2026-05-19 16:58:00+00'),
    (69, 38, NULL, 'open', '2026-05-20 05:05:00+00'),
    (70, 39, NULL, 'open', '2026-05-20 18:12:00+00'),
    (71, 40, NULL, 'open', '2026-05-21 07:19:00+00'),
    (72, 41, NULL, 'open', '2026-05-21 20:26:00+00'),
    (73, 42, NULL, 'open', '2026-05-22 09:33:00+00'),
    (74, 43, NULL, 'open', '2026-05-22 22:40:00+00');

INSERT INTO public.system_issue_statistics (severity, issues) VALUES
    ('info', 13),
    ('warning', 17),
    ('error', 10),
    ('critical', 1);

-- These sequences are ahead of their tables, as after aborted inserts. If a release advanced one of
-- them, the dump would differ.
DO $lab$
BEGIN
    PERFORM pg_catalog.setval('public.directus_activity_id_seq', 5, true);
    PERFORM pg_catalog.setval('public.system_issues_id_seq', 47, true);
    PERFORM pg_catalog.setval('public.system_issue_history_id_seq', 90, true);
    PERFORM pg_catalog.setval('public.event_outbox_id_seq', 31, false);
END
$lab$;

-- A sequence that the application uses itself and that no column owns.
CREATE SEQUENCE public.proposal_number AS bigint INCREMENT BY 10 START WITH 1000 CACHE 1;
DO $lab$
BEGIN
    PERFORM pg_catalog.setval('public.proposal_number', 1040, true);
END
$lab$;

-- ---------------------------------------------------------------------------------------------
-- The views that the release reads.

CREATE VIEW public.v_governance_object_inventory AS
SELECT o.code AS object_code, o.class_code, o.title, o.label
FROM public.governance_object AS o
JOIN public.governance_class AS c ON c.code = o.class_code
WHERE o.status = 'published';
COMMENT ON VIEW public.v_governance_object_inventory IS 'The governed objects.';

CREATE VIEW public.v_governance_scope AS
SELECT s.code AS scope_code, s.title, s.sort
FROM public.governance_scope_definition AS s;

-- In each scope an object has its direct owner. Without one, it has the owner of its class.
CREATE VIEW public.v_governance_effective_owner AS
SELECT d.subject_kind, d.subject_code, d.scope_code, d.owner_ref, 'direct'::varchar(255) AS provenance
FROM public.governance_object_ownership AS d
UNION ALL
SELECT 'object'::varchar(255), o.code, c.scope_code, c.owner_ref, 'inherited'::varchar(255)
FROM public.governance_object AS o
JOIN public.governance_object_ownership AS c ON c.subject_kind = 'class' AND c.subject_code = o.class_code
WHERE o.status = 'published'
    AND NOT EXISTS (
        SELECT FROM public.governance_object_ownership AS own
        WHERE own.subject_kind = 'object' AND own.subject_code = o.code AND own.scope_code = c.scope_code
    );

CREATE VIEW public.v_governance_ownership_gap AS
SELECT i.object_code, s.scope_code
FROM public.v_governance_object_inventory AS i
CROSS JOIN public.v_governance_scope AS s
WHERE NOT EXISTS (
    SELECT FROM public.v_governance_effective_owner AS e
    WHERE e.subject_kind = 'object' AND e.subject_code = i.object_code AND e.scope_code = s.scope_code
);

CREATE VIEW public.v_governance_ownership_conflict AS
SELECT e.subject_kind, e.subject_code, e.scope_code, string_agg(DISTINCT e.owner_ref, ', ' ORDER BY e.owner_ref) AS owners
FROM public.v_governance_effective_owner AS e
GROUP BY e.subject_kind, e.subject_code, e.scope_code
HAVING count(DISTINCT e.owner_ref) > 1;

CREATE VIEW public.v_governance_event_emit AS
SELECT x.event_type, x.created_at
FROM public.event_outbox AS x
JOIN public.event_type_registry AS r ON r.event_type = x.event_type
WHERE r.domain = 'governance';

-- ---------------------------------------------------------------------------------------------
-- The outbox's own trigger. It rejects an event type that is not registered or not active.

CREATE FUNCTION public.fn_event_outbox_validate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
    registered record;
BEGIN
    SELECT r.domain, r.active INTO registered
    FROM public.event_type_registry AS r
    WHERE r.event_type = NEW.event_type;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'event refused: type "%" is not registered', NEW.event_type
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
                HINT = 'Register the event type first.';
    ELSIF registered.active IS NOT TRUE THEN
        RAISE EXCEPTION 'event refused: type "%" of domain "%" is not active', NEW.event_type, registered.domain
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
                HINT = 'Activating a governance event type is a human decision.';
    ELSIF pg_catalog.jsonb_typeof(NEW.payload) <> 'object' THEN
        RAISE EXCEPTION 'event refused: the payload of "%" is not a JSON object', NEW.event_type
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$fn$;

CREATE TRIGGER trg_event_outbox_validate BEFORE INSERT OR UPDATE ON public.event_outbox
FOR EACH ROW EXECUTE FUNCTION public.fn_event_outbox_validate();

-- ---------------------------------------------------------------------------------------------
-- Nine triggers on system_issues. A write of an issue also writes its history and its
-- statistics, and for a critical issue an event.

CREATE FUNCTION public.fn_issue_number() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    NEW.code := coalesce(NEW.code, 'ISS-' || lpad(NEW.id::text, 5, '0'));
    RETURN NEW;
END
$fn$;

CREATE FUNCTION public.fn_issue_severity() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF NEW.severity NOT IN ('info', 'warning', 'error', 'critical') THEN
        RAISE EXCEPTION 'severity "%" is not one of info, warning, error, critical', NEW.severity;
    END IF;
    RETURN NEW;
END
$fn$;

CREATE FUNCTION public.fn_issue_touch() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END
$fn$;

CREATE FUNCTION public.fn_issue_reopen_guard() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF OLD.status = 'closed' AND NEW.status <> 'closed' THEN
        RAISE EXCEPTION 'issue % is closed: report a new one', OLD.code;
    END IF;
    RETURN NEW;
END
$fn$;

CREATE FUNCTION public.fn_issue_history() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    INSERT INTO public.system_issue_history (issue, old_status, new_status)
    VALUES (NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.status);
    RETURN NULL;
END
$fn$;

CREATE FUNCTION public.fn_issue_statistics() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    INSERT INTO public.system_issue_statistics (severity, issues)
    SELECT n.severity, count(*) FROM added AS n GROUP BY n.severity
    ON CONFLICT (severity) DO UPDATE SET issues = system_issue_statistics.issues + excluded.issues;
    RETURN NULL;
END
$fn$;

CREATE FUNCTION public.fn_issue_escalate() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    INSERT INTO public.event_outbox (event_type, payload)
    VALUES ('issue.escalated', jsonb_build_object('issue', NEW.id, 'severity', NEW.severity));
    RETURN NULL;
END
$fn$;

CREATE FUNCTION public.fn_issue_keep() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    RAISE EXCEPTION 'issues are closed, never removed (% on %)', TG_OP, TG_TABLE_NAME;
END
$fn$;

CREATE TRIGGER trg_system_issues_10_number BEFORE INSERT ON public.system_issues
FOR EACH ROW EXECUTE FUNCTION public.fn_issue_number();
CREATE TRIGGER trg_system_issues_20_severity BEFORE INSERT OR UPDATE OF severity ON public.system_issues
FOR EACH ROW EXECUTE FUNCTION public.fn_issue_severity();
CREATE TRIGGER trg_system_issues_30_touch BEFORE UPDATE ON public.system_issues
FOR EACH ROW EXECUTE FUNCTION public.fn_issue_touch();
CREATE TRIGGER trg_system_issues_40_reopen BEFORE UPDATE OF status ON public.system_issues
FOR EACH ROW EXECUTE FUNCTION public.fn_issue_reopen_guard();
CREATE TRIGGER trg_system_issues_50_history AFTER INSERT OR UPDATE OF status ON public.system_issues
FOR EACH ROW EXECUTE FUNCTION public.fn_issue_history();
CREATE TRIGGER trg_system_issues_60_statistics AFTER INSERT ON public.system_issues
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.fn_issue_statistics();
CREATE TRIGGER trg_system_issues_70_escalate AFTER INSERT ON public.system_issues
FOR EACH ROW WHEN (NEW.severity = 'critical') EXECUTE FUNCTION public.fn_issue_escalate();
CREATE TRIGGER trg_system_issues_80_keep BEFORE DELETE ON public.system_issues
FOR EACH ROW EXECUTE FUNCTION public.fn_issue_keep();
CREATE TRIGGER trg_system_issues_90_keep_all BEFORE TRUNCATE ON public.system_issues
FOR EACH STATEMENT EXECUTE FUNCTION public.fn_issue_keep();

-- If a superuser loads this file, as `oneroof packet build` does, the releasing role gets the grants of grants/least_privilege.sql.
DO $lab$
BEGIN
    IF CURRENT_USER <> 'workflow_admin' AND pg_catalog.to_regrole('workflow_admin') IS NOT NULL THEN
        GRANT USAGE, CREATE ON SCHEMA public TO workflow_admin;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO workflow_admin;
        GRANT INSERT, DELETE ON public.governance_object_ownership TO workflow_admin;
    END IF;
END
$lab$;
