-- Creates 11 tables, 31 views and 1 function. The tables are empty, and nothing runs by itself. If exactly these objects exist already,
-- the tier changes nothing. If one of them has another shape, the tier stops and names the difference.

-- ---------------------------------------------------------------------------------------------
-- Axes: who may decide what. A value is a level of authority, a scope or a class. A binding says which level of
-- authority is responsible for a class in a scope.

CREATE TABLE IF NOT EXISTS public.oneroof_axis (
    axis_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    CONSTRAINT oneroof_axis_pkey PRIMARY KEY (axis_code),
    CONSTRAINT oneroof_axis_ordinal_key UNIQUE (ordinal),
    CONSTRAINT oneroof_axis_code_format CHECK (axis_code ~ '^[A-Z]{1,20}$'),
    CONSTRAINT oneroof_axis_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_axis_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$')
);
COMMENT ON TABLE public.oneroof_axis IS 'The axes of responsibility: authority, scope and class.';
COMMENT ON COLUMN public.oneroof_axis.axis_code IS 'Code of the axis.';
COMMENT ON COLUMN public.oneroof_axis.ordinal IS 'Place of the axis among the axes.';
COMMENT ON COLUMN public.oneroof_axis.title IS 'Name of the axis for people.';

CREATE TABLE IF NOT EXISTS public.oneroof_axis_value (
    axis_code text NOT NULL,
    value_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    owner_ref text,
    CONSTRAINT oneroof_axis_value_pkey PRIMARY KEY (axis_code, value_code),
    CONSTRAINT oneroof_axis_value_axis_fkey FOREIGN KEY (axis_code) REFERENCES public.oneroof_axis (axis_code),
    CONSTRAINT oneroof_axis_value_ordinal_key UNIQUE (axis_code, ordinal),
    CONSTRAINT oneroof_axis_value_owner_key UNIQUE (owner_ref),
    CONSTRAINT oneroof_axis_value_code_format CHECK (value_code ~ '^[A-Za-z][A-Za-z0-9]{0,19}$'),
    CONSTRAINT oneroof_axis_value_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_axis_value_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$'),
    CONSTRAINT oneroof_axis_value_owner_format CHECK (owner_ref IS NULL
        OR (axis_code = 'AUTHORITY' AND owner_ref = value_code || '-' || pg_catalog.upper(title COLLATE "C")))
);
COMMENT ON TABLE public.oneroof_axis_value IS 'The values of each axis: levels of authority, scopes, classes.';
COMMENT ON COLUMN public.oneroof_axis_value.axis_code IS 'Axis that the value lies on.';
COMMENT ON COLUMN public.oneroof_axis_value.value_code IS 'Code of the value: a level, a scope code or a class code.';
COMMENT ON COLUMN public.oneroof_axis_value.ordinal IS 'Place of the value on its axis.';
COMMENT ON COLUMN public.oneroof_axis_value.title IS 'Name of the value for people.';
COMMENT ON COLUMN public.oneroof_axis_value.owner_ref IS 'Owner that a level of authority stands for; NULL where the level owns nothing.';

CREATE TABLE IF NOT EXISTS public.oneroof_axis_binding (
    class_code text NOT NULL,
    scope_code text NOT NULL,
    authority_code text NOT NULL,
    class_axis text NOT NULL DEFAULT 'CLASS',
    scope_axis text NOT NULL DEFAULT 'SCOPE',
    authority_axis text NOT NULL DEFAULT 'AUTHORITY',
    CONSTRAINT oneroof_axis_binding_pkey PRIMARY KEY (class_code, scope_code),
    CONSTRAINT oneroof_axis_binding_class_fkey FOREIGN KEY (class_axis, class_code)
        REFERENCES public.oneroof_axis_value (axis_code, value_code),
    CONSTRAINT oneroof_axis_binding_scope_fkey FOREIGN KEY (scope_axis, scope_code)
        REFERENCES public.oneroof_axis_value (axis_code, value_code),
    CONSTRAINT oneroof_axis_binding_authority_fkey FOREIGN KEY (authority_axis, authority_code)
        REFERENCES public.oneroof_axis_value (axis_code, value_code),
    CONSTRAINT oneroof_axis_binding_axes CHECK (class_axis = 'CLASS' AND scope_axis = 'SCOPE' AND authority_axis = 'AUTHORITY')
);
COMMENT ON TABLE public.oneroof_axis_binding IS 'Which level of authority answers for a class in a scope: one, and one only.';
COMMENT ON COLUMN public.oneroof_axis_binding.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.oneroof_axis_binding.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.oneroof_axis_binding.authority_code IS 'Level of authority that answers.';
COMMENT ON COLUMN public.oneroof_axis_binding.class_axis IS 'Always CLASS; lets the foreign key admit classes only.';
COMMENT ON COLUMN public.oneroof_axis_binding.scope_axis IS 'Always SCOPE; lets the foreign key admit scopes only.';
COMMENT ON COLUMN public.oneroof_axis_binding.authority_axis IS 'Always AUTHORITY; lets the foreign key admit levels only.';

-- ---------------------------------------------------------------------------------------------
-- Containment: one roof, a wing for each class, every governed object in the wing of its class. The keys and checks
-- allow nothing else: a node has at most one parent, and there are three levels, so no cycle is possible.

CREATE TABLE IF NOT EXISTS public.oneroof_containment_node (
    node_code text NOT NULL,
    node_kind text NOT NULL,
    class_code text,
    CONSTRAINT oneroof_containment_node_pkey PRIMARY KEY (node_code),
    CONSTRAINT oneroof_containment_node_kind_key UNIQUE (node_code, node_kind),
    CONSTRAINT oneroof_containment_node_code_format CHECK (
        (node_kind = 'roof' AND class_code IS NULL AND node_code = 'ONE-ROOF')
        OR (node_kind = 'wing' AND class_code IS NOT NULL AND node_code = 'WING-' || class_code)
        OR (node_kind = 'object' AND class_code IS NOT NULL AND node_code ~ ('^GOV-' || class_code || '-[0-9]{2,5}$')))
);
COMMENT ON TABLE public.oneroof_containment_node IS 'The places of the tree: the roof, its wings and the governed objects.';
COMMENT ON COLUMN public.oneroof_containment_node.node_code IS 'ONE-ROOF, WING-<class>, or the code of a governed object.';
COMMENT ON COLUMN public.oneroof_containment_node.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.oneroof_containment_node.class_code IS 'Class of the wing or object; NULL for the roof.';

CREATE TABLE IF NOT EXISTS public.oneroof_containment_edge (
    child_code text NOT NULL,
    child_kind text NOT NULL,
    parent_code text NOT NULL,
    parent_kind text NOT NULL,
    CONSTRAINT oneroof_containment_edge_pkey PRIMARY KEY (child_code),
    CONSTRAINT oneroof_containment_edge_child_fkey FOREIGN KEY (child_code, child_kind)
        REFERENCES public.oneroof_containment_node (node_code, node_kind),
    CONSTRAINT oneroof_containment_edge_parent_fkey FOREIGN KEY (parent_code, parent_kind)
        REFERENCES public.oneroof_containment_node (node_code, node_kind),
    CONSTRAINT oneroof_containment_edge_levels CHECK (
        (child_kind = 'wing' AND parent_kind = 'roof')
        OR (child_kind = 'object' AND parent_kind = 'wing' AND parent_code = 'WING-' || pg_catalog.split_part(child_code, '-', 2)))
);
COMMENT ON TABLE public.oneroof_containment_edge IS 'What contains what: each wing lies under the roof, each object in the wing of its class.';
COMMENT ON COLUMN public.oneroof_containment_edge.child_code IS 'Node that is contained; it is the key, so a node has one parent.';
COMMENT ON COLUMN public.oneroof_containment_edge.child_kind IS 'Kind of the contained node.';
COMMENT ON COLUMN public.oneroof_containment_edge.parent_code IS 'Node that contains it.';
COMMENT ON COLUMN public.oneroof_containment_edge.parent_kind IS 'Kind of the containing node.';

-- ---------------------------------------------------------------------------------------------
-- Topics: the subject of each object. A person reviewed the assignments. The label rules must give the same topics for the live labels.

CREATE TABLE IF NOT EXISTS public.oneroof_topic (
    topic_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    CONSTRAINT oneroof_topic_pkey PRIMARY KEY (topic_code),
    CONSTRAINT oneroof_topic_ordinal_key UNIQUE (ordinal),
    CONSTRAINT oneroof_topic_code_format CHECK (topic_code ~ '^[a-z]{1,30}$'),
    CONSTRAINT oneroof_topic_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_topic_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$')
);
COMMENT ON TABLE public.oneroof_topic IS 'The topics that governed objects belong to.';
COMMENT ON COLUMN public.oneroof_topic.topic_code IS 'Code of the topic.';
COMMENT ON COLUMN public.oneroof_topic.ordinal IS 'Place of the topic among the topics.';
COMMENT ON COLUMN public.oneroof_topic.title IS 'Name of the topic for people.';

CREATE TABLE IF NOT EXISTS public.oneroof_topic_label_rule (
    label_pattern text NOT NULL,
    priority integer NOT NULL,
    topic_code text NOT NULL,
    CONSTRAINT oneroof_topic_label_rule_pkey PRIMARY KEY (label_pattern),
    CONSTRAINT oneroof_topic_label_rule_priority_key UNIQUE (priority),
    CONSTRAINT oneroof_topic_label_rule_topic_fkey FOREIGN KEY (topic_code) REFERENCES public.oneroof_topic (topic_code),
    CONSTRAINT oneroof_topic_label_rule_pattern_format CHECK (label_pattern ~ '^[a-z]+/[a-z-]*%$'),
    CONSTRAINT oneroof_topic_label_rule_priority_positive CHECK (priority > 0)
);
COMMENT ON TABLE public.oneroof_topic_label_rule IS 'How a label projects onto a topic: the matching rule of the lowest priority number decides.';
COMMENT ON COLUMN public.oneroof_topic_label_rule.label_pattern IS 'LIKE pattern of the label.';
COMMENT ON COLUMN public.oneroof_topic_label_rule.priority IS 'Rules are tried in this order, the lowest number first.';
COMMENT ON COLUMN public.oneroof_topic_label_rule.topic_code IS 'Topic of an object whose label matches.';

CREATE TABLE IF NOT EXISTS public.oneroof_topic_assignment (
    object_code text NOT NULL,
    topic_code text NOT NULL,
    CONSTRAINT oneroof_topic_assignment_pkey PRIMARY KEY (object_code),
    CONSTRAINT oneroof_topic_assignment_object_fkey FOREIGN KEY (object_code) REFERENCES public.oneroof_containment_node (node_code),
    CONSTRAINT oneroof_topic_assignment_topic_fkey FOREIGN KEY (topic_code) REFERENCES public.oneroof_topic (topic_code),
    CONSTRAINT oneroof_topic_assignment_object_format CHECK (object_code ~ '^GOV-[A-Z]+-[0-9]{2,5}$')
);
COMMENT ON TABLE public.oneroof_topic_assignment IS 'The topic of each governed object, as a person reviewed it.';
COMMENT ON COLUMN public.oneroof_topic_assignment.object_code IS 'Governed object; it is the key, so an object has one topic.';
COMMENT ON COLUMN public.oneroof_topic_assignment.topic_code IS 'Its topic.';

-- ---------------------------------------------------------------------------------------------
-- Scanner: its rules, the ruleset and snapshot of each run, and its findings.

CREATE TABLE IF NOT EXISTS public.oneroof_scan_rule (
    rule_code text NOT NULL,
    ordinal integer NOT NULL,
    title text NOT NULL,
    subject_kind text NOT NULL,
    emittable boolean NOT NULL DEFAULT false,
    CONSTRAINT oneroof_scan_rule_pkey PRIMARY KEY (rule_code),
    CONSTRAINT oneroof_scan_rule_ordinal_key UNIQUE (ordinal),
    CONSTRAINT oneroof_scan_rule_code_format CHECK (rule_code ~ '^SCN-[A-Z]+(-[A-Z]+)*$'),
    CONSTRAINT oneroof_scan_rule_ordinal_positive CHECK (ordinal > 0),
    CONSTRAINT oneroof_scan_rule_title_format CHECK (title ~ '^[A-Z][A-Za-z ]{0,59}$'),
    CONSTRAINT oneroof_scan_rule_subject_kind CHECK (subject_kind IN ('object', 'topic', 'axis value')),
    -- No finding can become an event. To change that is a human decision and needs another release.
    CONSTRAINT oneroof_scan_rule_not_emittable CHECK (NOT emittable)
);
COMMENT ON TABLE public.oneroof_scan_rule IS 'What the scanner looks for.';
COMMENT ON COLUMN public.oneroof_scan_rule.rule_code IS 'Code of the rule.';
COMMENT ON COLUMN public.oneroof_scan_rule.ordinal IS 'Place of the rule among the rules.';
COMMENT ON COLUMN public.oneroof_scan_rule.title IS 'What a finding of the rule says, for people.';
COMMENT ON COLUMN public.oneroof_scan_rule.subject_kind IS 'What a finding of the rule is about: an object, a topic or an axis value.';
COMMENT ON COLUMN public.oneroof_scan_rule.emittable IS 'Whether a finding may become an event; false in this phase, by constraint.';

CREATE TABLE IF NOT EXISTS public.oneroof_scan_run (
    ruleset_code text NOT NULL,
    snapshot_ref text NOT NULL,
    ruleset_version integer NOT NULL,
    snapshot_id uuid NOT NULL,
    scanned_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT oneroof_scan_run_pkey PRIMARY KEY (ruleset_code, snapshot_ref),
    CONSTRAINT oneroof_scan_run_ruleset_format CHECK (ruleset_code ~ '[^[:space:]]'),
    CONSTRAINT oneroof_scan_run_snapshot_format CHECK (snapshot_ref ~ '[^[:space:]]')
);
COMMENT ON TABLE public.oneroof_scan_run IS 'One row for each ruleset and snapshot that was scanned, however often.';
COMMENT ON COLUMN public.oneroof_scan_run.ruleset_code IS 'Ruleset that the scan ran under.';
COMMENT ON COLUMN public.oneroof_scan_run.snapshot_ref IS 'Evolution snapshot that the scan ran with.';
COMMENT ON COLUMN public.oneroof_scan_run.ruleset_version IS 'Version of the ruleset at the first scan: its highest, enacted.';
COMMENT ON COLUMN public.oneroof_scan_run.snapshot_id IS 'Identity of the snapshot.';
COMMENT ON COLUMN public.oneroof_scan_run.scanned_at IS 'When it was scanned first.';

CREATE TABLE IF NOT EXISTS public.oneroof_scan_finding (
    ruleset_code text NOT NULL,
    snapshot_ref text NOT NULL,
    rule_code text NOT NULL,
    subject_code text NOT NULL,
    detail text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    CONSTRAINT oneroof_scan_finding_pkey PRIMARY KEY (ruleset_code, snapshot_ref, rule_code, subject_code),
    CONSTRAINT oneroof_scan_finding_run_fkey FOREIGN KEY (ruleset_code, snapshot_ref)
        REFERENCES public.oneroof_scan_run (ruleset_code, snapshot_ref),
    CONSTRAINT oneroof_scan_finding_rule_fkey FOREIGN KEY (rule_code) REFERENCES public.oneroof_scan_rule (rule_code),
    CONSTRAINT oneroof_scan_finding_subject_format CHECK (subject_code ~ '[^[:space:]]'),
    CONSTRAINT oneroof_scan_finding_detail_format CHECK (detail ~ '[^[:space:]]'),
    CONSTRAINT oneroof_scan_finding_state CHECK (state IN ('open', 'resolved'))
);
COMMENT ON TABLE public.oneroof_scan_finding IS 'What a run found, by natural key: scanning again writes only what differs.';
COMMENT ON COLUMN public.oneroof_scan_finding.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.oneroof_scan_finding.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.oneroof_scan_finding.rule_code IS 'Rule that found it.';
COMMENT ON COLUMN public.oneroof_scan_finding.subject_code IS 'Object, topic or axis value that it is about.';
COMMENT ON COLUMN public.oneroof_scan_finding.detail IS 'The finding in words.';
COMMENT ON COLUMN public.oneroof_scan_finding.state IS 'open, or resolved once a later scan of the same run no longer found it.';

-- ---------------------------------------------------------------------------------------------
-- Views. They read the packet's tables and the application's views, never a base table of production. Columns of the
-- application's views are cast to text and compared byte by byte, so that a view is the same with every type and collation
-- in production. Every column of every UNION branch has a name, so that a view is printed the same after a restore.

-- Axis.

CREATE OR REPLACE VIEW public.v_oneroof_axis AS
SELECT axis.axis_code, axis.ordinal, axis.title, pg_catalog.count(axis_value.value_code) AS axis_values
FROM public.oneroof_axis AS axis
LEFT JOIN public.oneroof_axis_value AS axis_value ON axis_value.axis_code = axis.axis_code
GROUP BY axis.axis_code, axis.ordinal, axis.title;
COMMENT ON VIEW public.v_oneroof_axis IS 'The axes, and how many values each has.';
COMMENT ON COLUMN public.v_oneroof_axis.axis_code IS 'Code of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis.ordinal IS 'Place of the axis among the axes.';
COMMENT ON COLUMN public.v_oneroof_axis.title IS 'Name of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis.axis_values IS 'Number of its values.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_value AS
SELECT axis.axis_code, axis.title AS axis_title, axis_value.value_code, axis_value.ordinal, axis_value.title, axis_value.owner_ref
FROM public.oneroof_axis_value AS axis_value
JOIN public.oneroof_axis AS axis ON axis.axis_code = axis_value.axis_code;
COMMENT ON VIEW public.v_oneroof_axis_value IS 'The values, with the axis of each.';
COMMENT ON COLUMN public.v_oneroof_axis_value.axis_code IS 'Code of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis_value.axis_title IS 'Name of the axis.';
COMMENT ON COLUMN public.v_oneroof_axis_value.value_code IS 'Code of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_value.ordinal IS 'Place of the value on its axis.';
COMMENT ON COLUMN public.v_oneroof_axis_value.title IS 'Name of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_value.owner_ref IS 'Owner that a level of authority stands for.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_binding AS
SELECT binding.class_code, binding.scope_code, binding.authority_code, authority.title AS authority_title, authority.owner_ref
FROM public.oneroof_axis_binding AS binding
JOIN public.oneroof_axis_value AS authority
    ON authority.axis_code = binding.authority_axis AND authority.value_code = binding.authority_code;
COMMENT ON VIEW public.v_oneroof_axis_binding IS 'The bindings, with the owner that each stands for.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.authority_code IS 'Level of authority that answers.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.authority_title IS 'Name of that level.';
COMMENT ON COLUMN public.v_oneroof_axis_binding.owner_ref IS 'Owner that the level stands for.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_matrix AS
SELECT binding.class_code,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'define') AS define,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'approve') AS approve,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'operate') AS operate,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'observe') AS observe,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'remediate') AS remediate,
    pg_catalog.max(binding.authority_code) FILTER (WHERE binding.scope_code = 'retire') AS retire
FROM public.oneroof_axis_binding AS binding
GROUP BY binding.class_code;
COMMENT ON VIEW public.v_oneroof_axis_matrix IS 'The bindings as people read them: a row a class, a column a scope.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.define IS 'Level that defines.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.approve IS 'Level that approves.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.operate IS 'Level that operates.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.observe IS 'Level that observes.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.remediate IS 'Level that remediates.';
COMMENT ON COLUMN public.v_oneroof_axis_matrix.retire IS 'Level that retires.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_unbound_value AS
SELECT axis_value.axis_code, axis_value.value_code, axis_value.title
FROM public.oneroof_axis_value AS axis_value
WHERE NOT EXISTS (
        SELECT FROM public.oneroof_axis_binding AS binding
        WHERE binding.authority_axis = axis_value.axis_code AND binding.authority_code = axis_value.value_code)
    AND NOT EXISTS (
        SELECT FROM public.oneroof_axis_binding AS binding
        WHERE binding.scope_axis = axis_value.axis_code AND binding.scope_code = axis_value.value_code)
    AND NOT EXISTS (
        SELECT FROM public.oneroof_axis_binding AS binding
        WHERE binding.class_axis = axis_value.axis_code AND binding.class_code = axis_value.value_code);
COMMENT ON VIEW public.v_oneroof_axis_unbound_value IS 'Values that no binding uses.';
COMMENT ON COLUMN public.v_oneroof_axis_unbound_value.axis_code IS 'Axis of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_unbound_value.value_code IS 'Code of the value.';
COMMENT ON COLUMN public.v_oneroof_axis_unbound_value.title IS 'Name of the value.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_conflict AS
SELECT binding.class_code, binding.scope_code, 'no governed object has this class' AS reason
FROM public.oneroof_axis_binding AS binding
WHERE NOT EXISTS (
    SELECT FROM public.v_governance_object_inventory AS inventory
    WHERE inventory.class_code::text COLLATE "C" = binding.class_code)
UNION ALL
SELECT binding.class_code, binding.scope_code, 'production has no such scope' AS reason
FROM public.oneroof_axis_binding AS binding
WHERE NOT EXISTS (
    SELECT FROM public.v_governance_scope AS scope
    WHERE scope.scope_code::text COLLATE "C" = binding.scope_code)
UNION ALL
SELECT binding.class_code, binding.scope_code, 'the level of authority has no owner' AS reason
FROM public.oneroof_axis_binding AS binding
JOIN public.oneroof_axis_value AS authority
    ON authority.axis_code = binding.authority_axis AND authority.value_code = binding.authority_code
WHERE authority.owner_ref IS NULL;
COMMENT ON VIEW public.v_oneroof_axis_conflict IS 'Bindings that production, or the axes, cannot honour.';
COMMENT ON COLUMN public.v_oneroof_axis_conflict.class_code IS 'Class of the binding.';
COMMENT ON COLUMN public.v_oneroof_axis_conflict.scope_code IS 'Scope of the binding.';
COMMENT ON COLUMN public.v_oneroof_axis_conflict.reason IS 'What is wrong with it.';

CREATE OR REPLACE VIEW public.v_oneroof_axis_coverage AS
SELECT live.class_code, pg_catalog.count(*) AS scopes, pg_catalog.count(binding.authority_code) AS bound
FROM (
    SELECT DISTINCT inventory.class_code::text COLLATE "C" AS class_code
    FROM public.v_governance_object_inventory AS inventory
) AS live
CROSS JOIN (
    SELECT scope.scope_code::text COLLATE "C" AS scope_code
    FROM public.v_governance_scope AS scope
) AS live_scope
LEFT JOIN public.oneroof_axis_binding AS binding
    ON binding.class_code = live.class_code AND binding.scope_code = live_scope.scope_code
GROUP BY live.class_code;
COMMENT ON VIEW public.v_oneroof_axis_coverage IS 'For each class that production has: how many of its scopes are bound.';
COMMENT ON COLUMN public.v_oneroof_axis_coverage.class_code IS 'Class of governed objects.';
COMMENT ON COLUMN public.v_oneroof_axis_coverage.scopes IS 'Scopes that production has.';
COMMENT ON COLUMN public.v_oneroof_axis_coverage.bound IS 'Scopes that are bound for the class.';

-- Ownership, as the application's views show it.

CREATE OR REPLACE VIEW public.v_oneroof_ownership_direct AS
SELECT effective.subject_kind::text COLLATE "C" AS subject_kind, effective.subject_code::text COLLATE "C" AS subject_code,
    effective.scope_code::text COLLATE "C" AS scope_code, effective.owner_ref::text COLLATE "C" AS owner_ref
FROM public.v_governance_effective_owner AS effective
WHERE effective.provenance::text COLLATE "C" = 'direct';
COMMENT ON VIEW public.v_oneroof_ownership_direct IS 'Owners that a class or an object has of its own.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.subject_kind IS 'class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.subject_code IS 'Code of the class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_ownership_direct.owner_ref IS 'Who answers.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_inherited AS
SELECT effective.subject_kind::text COLLATE "C" AS subject_kind, effective.subject_code::text COLLATE "C" AS subject_code,
    effective.scope_code::text COLLATE "C" AS scope_code, effective.owner_ref::text COLLATE "C" AS owner_ref
FROM public.v_governance_effective_owner AS effective
WHERE effective.provenance::text COLLATE "C" = 'inherited';
COMMENT ON VIEW public.v_oneroof_ownership_inherited IS 'Owners that an object has from its class.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.subject_kind IS 'Always object.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.subject_code IS 'Code of the object.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_ownership_inherited.owner_ref IS 'Who answers.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_effective AS
SELECT effective.subject_kind::text COLLATE "C" AS subject_kind, effective.subject_code::text COLLATE "C" AS subject_code,
    effective.scope_code::text COLLATE "C" AS scope_code, effective.owner_ref::text COLLATE "C" AS owner_ref, effective.provenance::text COLLATE "C" AS provenance
FROM public.v_governance_effective_owner AS effective;
COMMENT ON VIEW public.v_oneroof_ownership_effective IS 'Who answers for what, and whether directly or by inheritance.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.subject_kind IS 'class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.subject_code IS 'Code of the class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.scope_code IS 'Scope of responsibility.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.owner_ref IS 'Who answers.';
COMMENT ON COLUMN public.v_oneroof_ownership_effective.provenance IS 'direct or inherited.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_coverage AS
SELECT total.pairs, total.pairs - total.gaps AS covered, total.gaps,
    pg_catalog.round(100.0 * (total.pairs - total.gaps) / nullif(total.pairs, 0), 2) AS coverage_pct
FROM (
    SELECT inventoried.objects * scoped.scopes AS pairs, gapped.gaps
    FROM (SELECT pg_catalog.count(*) AS objects FROM public.v_governance_object_inventory) AS inventoried
    CROSS JOIN (SELECT pg_catalog.count(*) AS scopes FROM public.v_governance_scope) AS scoped
    CROSS JOIN (SELECT pg_catalog.count(*) AS gaps FROM public.v_governance_ownership_gap) AS gapped
) AS total;
COMMENT ON VIEW public.v_oneroof_ownership_coverage IS 'How many pairs of object and scope have an owner. One row.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.pairs IS 'Objects times scopes.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.covered IS 'Pairs with an owner.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.gaps IS 'Pairs without one.';
COMMENT ON COLUMN public.v_oneroof_ownership_coverage.coverage_pct IS 'Covered pairs in per cent.';

CREATE OR REPLACE VIEW public.v_oneroof_ownership_provenance AS
SELECT effective.subject_kind::text COLLATE "C" AS subject_kind, effective.provenance::text COLLATE "C" AS provenance, pg_catalog.count(*) AS owners
FROM public.v_governance_effective_owner AS effective
GROUP BY effective.subject_kind::text COLLATE "C", effective.provenance::text COLLATE "C";
COMMENT ON VIEW public.v_oneroof_ownership_provenance IS 'How many owners are direct and how many inherited.';
COMMENT ON COLUMN public.v_oneroof_ownership_provenance.subject_kind IS 'class or object.';
COMMENT ON COLUMN public.v_oneroof_ownership_provenance.provenance IS 'direct or inherited.';
COMMENT ON COLUMN public.v_oneroof_ownership_provenance.owners IS 'Number of owners.';

-- Containment. The recursive queries end on any data, even on a cycle: a path never enters a node twice, and the query
-- of the cycle view adds each pair of nodes only once.

CREATE OR REPLACE VIEW public.v_oneroof_containment_tree AS
SELECT node.node_code, node.node_kind, node.class_code, edge.parent_code
FROM public.oneroof_containment_node AS node
LEFT JOIN public.oneroof_containment_edge AS edge ON edge.child_code = node.node_code;
COMMENT ON VIEW public.v_oneroof_containment_tree IS 'Every node with its parent.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.class_code IS 'Class of the wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_tree.parent_code IS 'The node above; NULL for the roof.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_path AS
WITH RECURSIVE walk (node_code, node_kind, class_code, path) AS (
    SELECT node.node_code, node.node_kind, node.class_code, ARRAY[node.node_code]
    FROM public.oneroof_containment_node AS node
    WHERE node.node_kind = 'roof'
    UNION ALL
    SELECT node.node_code, node.node_kind, node.class_code, pg_catalog.array_append(walk.path, node.node_code)
    FROM walk
    JOIN public.oneroof_containment_edge AS edge ON edge.parent_code = walk.node_code
    JOIN public.oneroof_containment_node AS node ON node.node_code = edge.child_code
    WHERE node.node_code <> ALL (walk.path)
)
SELECT walk.node_code, walk.node_kind, walk.class_code, walk.path
FROM walk;
COMMENT ON VIEW public.v_oneroof_containment_path IS 'The way from the roof to every node that reaches it.';
COMMENT ON COLUMN public.v_oneroof_containment_path.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_path.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_path.class_code IS 'Class of the wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_path.path IS 'Nodes from the roof down to this one.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_depth AS
SELECT path.node_code, path.node_kind, pg_catalog.cardinality(path.path) - 1 AS depth
FROM public.v_oneroof_containment_path AS path;
COMMENT ON VIEW public.v_oneroof_containment_depth IS 'How far below the roof a node lies.';
COMMENT ON COLUMN public.v_oneroof_containment_depth.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_depth.node_kind IS 'roof, wing or object.';
COMMENT ON COLUMN public.v_oneroof_containment_depth.depth IS 'Steps from the roof: 0 is the roof itself.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_gap AS
SELECT live.object_code, live.class_code,
    CASE
        WHEN node.node_code IS NULL THEN 'the object has no node'
        WHEN node.class_code IS DISTINCT FROM live.class_code THEN 'the object lies in the wing of another class'
        ELSE 'the object does not reach the roof'
    END AS reason
FROM (
    SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.class_code::text COLLATE "C" AS class_code
    FROM public.v_governance_object_inventory AS inventory
) AS live
LEFT JOIN public.oneroof_containment_node AS node ON node.node_code = live.object_code
LEFT JOIN public.v_oneroof_containment_path AS path ON path.node_code = live.object_code
WHERE path.node_code IS NULL OR node.class_code IS DISTINCT FROM live.class_code;
COMMENT ON VIEW public.v_oneroof_containment_gap IS 'Governed objects that the roof does not cover.';
COMMENT ON COLUMN public.v_oneroof_containment_gap.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_containment_gap.class_code IS 'Its class in production.';
COMMENT ON COLUMN public.v_oneroof_containment_gap.reason IS 'Why it is not covered.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_cycle AS
WITH RECURSIVE above (node_code, ancestor_code) AS (
    SELECT edge.child_code, edge.parent_code
    FROM public.oneroof_containment_edge AS edge
    UNION
    SELECT above.node_code, edge.parent_code
    FROM above
    JOIN public.oneroof_containment_edge AS edge ON edge.child_code = above.ancestor_code
)
SELECT above.node_code
FROM above
WHERE above.node_code = above.ancestor_code;
COMMENT ON VIEW public.v_oneroof_containment_cycle IS 'Nodes that contain themselves, directly or by way of others.';
COMMENT ON COLUMN public.v_oneroof_containment_cycle.node_code IS 'The node.';

CREATE OR REPLACE VIEW public.v_oneroof_containment_multi_parent AS
SELECT edge.child_code AS node_code, pg_catalog.count(*) AS parents
FROM public.oneroof_containment_edge AS edge
GROUP BY edge.child_code
HAVING pg_catalog.count(*) > 1;
COMMENT ON VIEW public.v_oneroof_containment_multi_parent IS 'Nodes with more than one parent. The key admits none; the view would show them if it were gone.';
COMMENT ON COLUMN public.v_oneroof_containment_multi_parent.node_code IS 'The node.';
COMMENT ON COLUMN public.v_oneroof_containment_multi_parent.parents IS 'Number of its parents.';

-- Topic.

CREATE OR REPLACE VIEW public.v_oneroof_topic_assignment AS
SELECT assignment.object_code, live.class_code, live.title, live.label, assignment.topic_code, topic.title AS topic_title
FROM public.oneroof_topic_assignment AS assignment
JOIN public.oneroof_topic AS topic ON topic.topic_code = assignment.topic_code
LEFT JOIN (
    SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.class_code::text COLLATE "C" AS class_code,
        inventory.title::text COLLATE "C" AS title, inventory.label::text COLLATE "C" AS label
    FROM public.v_governance_object_inventory AS inventory
) AS live ON live.object_code = assignment.object_code;
COMMENT ON VIEW public.v_oneroof_topic_assignment IS 'The reviewed assignments beside what production says of each object.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.class_code IS 'Its class in production.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.title IS 'Its title in production.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.label IS 'Its label in production.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.topic_code IS 'Its topic, as reviewed.';
COMMENT ON COLUMN public.v_oneroof_topic_assignment.topic_title IS 'Name of the topic.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_projection AS
SELECT DISTINCT ON (live.object_code) live.object_code, live.label, rule.priority, rule.label_pattern, rule.topic_code
FROM (
    SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.label::text COLLATE "C" AS label
    FROM public.v_governance_object_inventory AS inventory
) AS live
JOIN public.oneroof_topic_label_rule AS rule ON live.label LIKE rule.label_pattern
ORDER BY live.object_code, rule.priority;
COMMENT ON VIEW public.v_oneroof_topic_projection IS 'The topic that the label rules give each object from its live label.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.label IS 'Its label in production.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.priority IS 'Priority of the rule that decided.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.label_pattern IS 'Pattern of the rule that decided.';
COMMENT ON COLUMN public.v_oneroof_topic_projection.topic_code IS 'Topic that the rule gives.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_divergent AS
SELECT assignment.object_code, assignment.topic_code AS assigned_topic, projection.topic_code AS projected_topic
FROM public.oneroof_topic_assignment AS assignment
LEFT JOIN public.v_oneroof_topic_projection AS projection ON projection.object_code = assignment.object_code
WHERE projection.topic_code IS DISTINCT FROM assignment.topic_code;
COMMENT ON VIEW public.v_oneroof_topic_divergent IS 'Assignments that the label rules do not confirm.';
COMMENT ON COLUMN public.v_oneroof_topic_divergent.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_divergent.assigned_topic IS 'Its topic, as reviewed.';
COMMENT ON COLUMN public.v_oneroof_topic_divergent.projected_topic IS 'The topic that the rules give; NULL where none does.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_projection_pending AS
SELECT live.object_code, live.label,
    CASE WHEN projection.object_code IS NULL THEN 'no label rule matches' ELSE 'the object has no topic' END AS reason
FROM (
    SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.label::text COLLATE "C" AS label
    FROM public.v_governance_object_inventory AS inventory
) AS live
LEFT JOIN public.v_oneroof_topic_projection AS projection ON projection.object_code = live.object_code
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.object_code = live.object_code
WHERE projection.object_code IS NULL OR assignment.object_code IS NULL;
COMMENT ON VIEW public.v_oneroof_topic_projection_pending IS 'Governed objects that wait for a rule or for a topic.';
COMMENT ON COLUMN public.v_oneroof_topic_projection_pending.object_code IS 'The object.';
COMMENT ON COLUMN public.v_oneroof_topic_projection_pending.label IS 'Its label in production.';
COMMENT ON COLUMN public.v_oneroof_topic_projection_pending.reason IS 'What it waits for.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_coverage AS
SELECT topic.topic_code, topic.ordinal, topic.title, pg_catalog.count(assignment.object_code) AS objects
FROM public.oneroof_topic AS topic
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.topic_code = topic.topic_code
GROUP BY topic.topic_code, topic.ordinal, topic.title;
COMMENT ON VIEW public.v_oneroof_topic_coverage IS 'How many objects each topic has.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.topic_code IS 'Code of the topic.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.ordinal IS 'Place of the topic among the topics.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.title IS 'Name of the topic.';
COMMENT ON COLUMN public.v_oneroof_topic_coverage.objects IS 'Number of its objects.';

CREATE OR REPLACE VIEW public.v_oneroof_topic_sparse AS
SELECT coverage.topic_code, coverage.title
FROM public.v_oneroof_topic_coverage AS coverage
WHERE coverage.objects = 1;
COMMENT ON VIEW public.v_oneroof_topic_sparse IS 'Topics with a single object.';
COMMENT ON COLUMN public.v_oneroof_topic_sparse.topic_code IS 'Code of the topic.';
COMMENT ON COLUMN public.v_oneroof_topic_sparse.title IS 'Name of the topic.';

CREATE OR REPLACE VIEW public.v_oneroof_label_rule_alignment AS
SELECT rule.priority, rule.label_pattern, rule.topic_code,
    pg_catalog.count(projection.object_code) AS projected,
    pg_catalog.count(assignment.object_code) FILTER (WHERE assignment.topic_code = rule.topic_code) AS confirmed
FROM public.oneroof_topic_label_rule AS rule
LEFT JOIN public.v_oneroof_topic_projection AS projection ON projection.label_pattern = rule.label_pattern
LEFT JOIN public.oneroof_topic_assignment AS assignment ON assignment.object_code = projection.object_code
GROUP BY rule.priority, rule.label_pattern, rule.topic_code;
COMMENT ON VIEW public.v_oneroof_label_rule_alignment IS 'Rule by rule: how many objects it decides, and how many of these the review confirms.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.priority IS 'Priority of the rule.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.label_pattern IS 'Pattern of the rule.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.topic_code IS 'Topic that the rule gives.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.projected IS 'Objects that the rule decides.';
COMMENT ON COLUMN public.v_oneroof_label_rule_alignment.confirmed IS 'Of these, the ones assigned to the same topic.';

-- Scanner.

CREATE OR REPLACE VIEW public.v_oneroof_scan_candidate_finding AS
SELECT rule.rule_code, rule.subject_kind, found.subject_code, found.detail
FROM (
    SELECT 'SCN-OWNER-INHERITED-ONLY' AS rule_code, live.object_code AS subject_code,
        'no direct owner; what it has comes from class ' || live.class_code AS detail
    FROM (
        SELECT inventory.object_code::text COLLATE "C" AS object_code, inventory.class_code::text COLLATE "C" AS class_code
        FROM public.v_governance_object_inventory AS inventory
    ) AS live
    WHERE NOT EXISTS (
        SELECT FROM public.v_oneroof_ownership_direct AS direct
        WHERE direct.subject_kind = 'object' AND direct.subject_code = live.object_code)
    UNION ALL
    SELECT 'SCN-TOPIC-SPARSE' AS rule_code, sparse.topic_code AS subject_code, 'the topic has a single object' AS detail
    FROM public.v_oneroof_topic_sparse AS sparse
    UNION ALL
    SELECT 'SCN-AXIS-VALUE-UNBOUND' AS rule_code, unbound.axis_code || '/' || unbound.value_code AS subject_code,
        'no binding uses the value' AS detail
    FROM public.v_oneroof_axis_unbound_value AS unbound
) AS found
JOIN public.oneroof_scan_rule AS rule ON rule.rule_code = found.rule_code;
COMMENT ON VIEW public.v_oneroof_scan_candidate_finding IS 'What a scan would find now.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.rule_code IS 'Rule that finds it.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.subject_kind IS 'What it is about: an object, a topic or an axis value.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.subject_code IS 'The object, topic or axis value.';
COMMENT ON COLUMN public.v_oneroof_scan_candidate_finding.detail IS 'The finding in words.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_run_latest AS
SELECT run.ruleset_code, run.snapshot_ref, run.ruleset_version, run.snapshot_id, run.scanned_at
FROM public.oneroof_scan_run AS run
ORDER BY run.scanned_at DESC, run.ruleset_code, run.snapshot_ref
LIMIT 1;
COMMENT ON VIEW public.v_oneroof_scan_run_latest IS 'The run that came last. At most one row.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.ruleset_version IS 'Version of the ruleset.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.snapshot_id IS 'Identity of the snapshot.';
COMMENT ON COLUMN public.v_oneroof_scan_run_latest.scanned_at IS 'When it was scanned first.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_finding_open AS
SELECT finding.ruleset_code, finding.snapshot_ref, finding.rule_code, rule.subject_kind, finding.subject_code, finding.detail
FROM public.oneroof_scan_finding AS finding
JOIN public.v_oneroof_scan_run_latest AS latest
    ON latest.ruleset_code = finding.ruleset_code AND latest.snapshot_ref = finding.snapshot_ref
JOIN public.oneroof_scan_rule AS rule ON rule.rule_code = finding.rule_code
WHERE finding.state = 'open';
COMMENT ON VIEW public.v_oneroof_scan_finding_open IS 'The open findings of the run that came last.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.rule_code IS 'Rule that found it.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.subject_kind IS 'What it is about.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.subject_code IS 'The object, topic or axis value.';
COMMENT ON COLUMN public.v_oneroof_scan_finding_open.detail IS 'The finding in words.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_emittable AS
SELECT finding.ruleset_code, finding.snapshot_ref, finding.rule_code, finding.subject_code
FROM public.v_oneroof_scan_finding_open AS finding
JOIN public.oneroof_scan_rule AS rule ON rule.rule_code = finding.rule_code
WHERE rule.emittable;
COMMENT ON VIEW public.v_oneroof_scan_emittable IS 'Open findings that may become an event. None may, in this phase.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.ruleset_code IS 'Ruleset of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.snapshot_ref IS 'Snapshot of the run.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.rule_code IS 'Rule that found it.';
COMMENT ON COLUMN public.v_oneroof_scan_emittable.subject_code IS 'The object, topic or axis value.';

CREATE OR REPLACE VIEW public.v_oneroof_scan_rule_summary AS
SELECT rule.rule_code, rule.ordinal, rule.title, rule.emittable, pg_catalog.count(finding.subject_code) AS findings
FROM public.oneroof_scan_rule AS rule
LEFT JOIN public.v_oneroof_scan_finding_open AS finding ON finding.rule_code = rule.rule_code
GROUP BY rule.rule_code, rule.ordinal, rule.title, rule.emittable;
COMMENT ON VIEW public.v_oneroof_scan_rule_summary IS 'Rule by rule: how many open findings the last run has.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.rule_code IS 'Code of the rule.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.ordinal IS 'Place of the rule among the rules.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.title IS 'What a finding of the rule says.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.emittable IS 'Whether a finding may become an event.';
COMMENT ON COLUMN public.v_oneroof_scan_rule_summary.findings IS 'Number of its open findings.';

-- Roof.

CREATE OR REPLACE VIEW public.v_oneroof_roof_status AS
SELECT
    (SELECT pg_catalog.count(*) FROM public.v_governance_object_inventory) AS inventory,
    (SELECT pg_catalog.count(*) FROM public.v_governance_scope) AS scopes,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_ownership_direct) AS owners_direct,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_ownership_inherited) AS owners_inherited,
    (SELECT coverage.gaps FROM public.v_oneroof_ownership_coverage AS coverage) AS gap,
    (SELECT coverage.coverage_pct FROM public.v_oneroof_ownership_coverage AS coverage) AS coverage_pct,
    (SELECT pg_catalog.count(*) FROM public.v_governance_ownership_conflict) AS conflict,
    (SELECT pg_catalog.count(*) FROM public.v_governance_event_emit) AS gov_emit,
    (SELECT pg_catalog.count(*) FROM public.oneroof_axis_binding) AS bindings,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_axis_unbound_value) AS unbound_values,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_axis_conflict) AS axis_conflict,
    (SELECT pg_catalog.count(*) FROM public.oneroof_containment_node) AS nodes,
    (SELECT pg_catalog.count(*) FROM public.oneroof_containment_edge) AS edges,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_containment_gap) AS containment_gap,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_containment_cycle) AS containment_cycle,
    (SELECT pg_catalog.count(*) FROM public.oneroof_topic) AS topics,
    (SELECT pg_catalog.count(*) FROM public.oneroof_topic_assignment) AS assignments,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_topic_divergent) AS divergent,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_topic_projection_pending) AS projection_pending,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_scan_finding_open) AS findings,
    (SELECT pg_catalog.count(*) FROM public.v_oneroof_scan_emittable) AS emittable;
COMMENT ON VIEW public.v_oneroof_roof_status IS 'The figures of the whole release. One row.';
COMMENT ON COLUMN public.v_oneroof_roof_status.inventory IS 'Governed objects.';
COMMENT ON COLUMN public.v_oneroof_roof_status.scopes IS 'Scopes of responsibility.';
COMMENT ON COLUMN public.v_oneroof_roof_status.owners_direct IS 'Owners that a class or an object has of its own.';
COMMENT ON COLUMN public.v_oneroof_roof_status.owners_inherited IS 'Owners that an object has from its class.';
COMMENT ON COLUMN public.v_oneroof_roof_status.gap IS 'Pairs of object and scope without an owner.';
COMMENT ON COLUMN public.v_oneroof_roof_status.coverage_pct IS 'Pairs with an owner in per cent.';
COMMENT ON COLUMN public.v_oneroof_roof_status.conflict IS 'Subjects and scopes with more than one owner.';
COMMENT ON COLUMN public.v_oneroof_roof_status.gov_emit IS 'Governance events that reached the outbox.';
COMMENT ON COLUMN public.v_oneroof_roof_status.bindings IS 'Bindings of class and scope to a level of authority.';
COMMENT ON COLUMN public.v_oneroof_roof_status.unbound_values IS 'Axis values that no binding uses.';
COMMENT ON COLUMN public.v_oneroof_roof_status.axis_conflict IS 'Bindings that cannot be honoured.';
COMMENT ON COLUMN public.v_oneroof_roof_status.nodes IS 'Nodes of the tree.';
COMMENT ON COLUMN public.v_oneroof_roof_status.edges IS 'Edges of the tree.';
COMMENT ON COLUMN public.v_oneroof_roof_status.containment_gap IS 'Governed objects that the roof does not cover.';
COMMENT ON COLUMN public.v_oneroof_roof_status.containment_cycle IS 'Nodes that contain themselves.';
COMMENT ON COLUMN public.v_oneroof_roof_status.topics IS 'Topics.';
COMMENT ON COLUMN public.v_oneroof_roof_status.assignments IS 'Objects with a topic.';
COMMENT ON COLUMN public.v_oneroof_roof_status.divergent IS 'Assignments that the label rules do not confirm.';
COMMENT ON COLUMN public.v_oneroof_roof_status.projection_pending IS 'Governed objects that wait for a rule or a topic.';
COMMENT ON COLUMN public.v_oneroof_roof_status.findings IS 'Open findings of the last run.';
COMMENT ON COLUMN public.v_oneroof_roof_status.emittable IS 'Open findings that may become an event.';

-- ---------------------------------------------------------------------------------------------
-- The scan. It writes only rows that differ, so a second call with the same ruleset and snapshot writes no row.

CREATE OR REPLACE FUNCTION public.fn_oneroof_scan(ruleset_code text, snapshot_ref text)
RETURNS TABLE (inserted integer, updated integer, unchanged integer)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    ruleset  record;
    snapshot record;
BEGIN
    -- Rulesets and snapshots are read, never written. Only an enacted ruleset counts, at its highest version.
    SELECT known.version::integer AS version, known.status::text COLLATE "C" AS status INTO ruleset
    FROM public.governance_ruleset AS known
    WHERE known.ruleset_code::text COLLATE "C" = fn_oneroof_scan.ruleset_code
    ORDER BY known.version DESC NULLS LAST
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE 'ruleset "%" does not exist', fn_oneroof_scan.ruleset_code USING ERRCODE = 'no_data_found';
    ELSIF ruleset.status IS DISTINCT FROM 'enacted' THEN
        RAISE 'ruleset "%" is not enacted: version % is %', fn_oneroof_scan.ruleset_code, ruleset.version, ruleset.status
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT known.id INTO snapshot
    FROM public.evolution_snapshots AS known
    WHERE known.snapshot_ref::text COLLATE "C" = fn_oneroof_scan.snapshot_ref
    ORDER BY known.taken_at DESC NULLS LAST, known.id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE 'snapshot "%" does not exist', fn_oneroof_scan.snapshot_ref USING ERRCODE = 'no_data_found';
    END IF;

    INSERT INTO public.oneroof_scan_run AS run (ruleset_code, snapshot_ref, ruleset_version, snapshot_id)
    SELECT fn_oneroof_scan.ruleset_code, fn_oneroof_scan.snapshot_ref, ruleset.version, snapshot.id
    WHERE NOT EXISTS (
        SELECT FROM public.oneroof_scan_run AS known
        WHERE known.ruleset_code = fn_oneroof_scan.ruleset_code AND known.snapshot_ref = fn_oneroof_scan.snapshot_ref)
    ON CONFLICT ON CONSTRAINT oneroof_scan_run_pkey DO NOTHING;

    WITH known AS (
        SELECT finding.rule_code, finding.subject_code, finding.detail, finding.state
        FROM public.oneroof_scan_finding AS finding
        WHERE finding.ruleset_code = fn_oneroof_scan.ruleset_code AND finding.snapshot_ref = fn_oneroof_scan.snapshot_ref
    ), candidate AS (
        SELECT found.rule_code, found.subject_code, found.detail
        FROM public.v_oneroof_scan_candidate_finding AS found
    ), wanted AS (
        SELECT candidate.rule_code, candidate.subject_code, candidate.detail, 'open' AS state
        FROM candidate
        UNION ALL
        SELECT known.rule_code, known.subject_code, known.detail, 'resolved'
        FROM known
        WHERE NOT EXISTS (
            SELECT FROM candidate
            WHERE candidate.rule_code = known.rule_code AND candidate.subject_code = known.subject_code)
    ), compared AS (
        SELECT wanted.rule_code, wanted.subject_code, wanted.detail, wanted.state,
            known.rule_code IS NULL AS is_new,
            (known.detail, known.state) IS DISTINCT FROM (wanted.detail, wanted.state) AS differs
        FROM wanted
        LEFT JOIN known ON known.rule_code = wanted.rule_code AND known.subject_code = wanted.subject_code
    ), written AS (
        INSERT INTO public.oneroof_scan_finding AS finding (ruleset_code, snapshot_ref, rule_code, subject_code, detail, state)
        SELECT fn_oneroof_scan.ruleset_code, fn_oneroof_scan.snapshot_ref,
            compared.rule_code, compared.subject_code, compared.detail, compared.state
        FROM compared
        WHERE compared.differs
        ON CONFLICT ON CONSTRAINT oneroof_scan_finding_pkey DO UPDATE
            SET detail = excluded.detail, state = excluded.state
            WHERE (finding.detail, finding.state) IS DISTINCT FROM (excluded.detail, excluded.state)
    )
    SELECT count(*) FILTER (WHERE compared.is_new),
        count(*) FILTER (WHERE compared.differs AND NOT compared.is_new),
        count(*) FILTER (WHERE NOT compared.differs)
    INTO inserted, updated, unchanged
    FROM compared;
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION public.fn_oneroof_scan(text, text) IS 'Scans under an enacted ruleset and a snapshot, writes the findings that differ, and tells how many it inserted, updated and left.';
REVOKE EXECUTE ON FUNCTION public.fn_oneroof_scan(text, text) FROM PUBLIC;
