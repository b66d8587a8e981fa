-- The grants that a role needs to release, verify and roll back if it does not own the objects of the application.
--
-- The owner of these objects runs this file once with psql. Up to PostgreSQL 14 a superuser owns schema public and runs it:
--     psql -d directus -v ON_ERROR_STOP=1 -v role=NAME -f least_privilege.sql
-- The role owns the 43 objects that it creates. Only the role or a superuser can drop them. It gets no
-- right to write the approvals, the event registry, the outbox or the issues, and needs none.
--
-- What this file does not grant on every server, and what happens without it:
--   * ANALYZE of governance_object_ownership: up to PostgreSQL 16 only the owner of the table or of the database
--     may run it; from 17 on MAINTAIN allows it. Without the right the server skips the table (`privilege.analyze`).
--   * The SHARE lock on os_proposal_approvals, which prevents changes of the approvals until COMMIT: up to
--     PostgreSQL 16 it needs UPDATE, DELETE or TRUNCATE there, which a role that releases should not have;
--     from 17 on MAINTAIN allows it without a right to write. Without the lock the tier checks the gate again last,
--     and the output says that the window was open (`gate.window`).
--   * The state of other roles' sessions: a superuser grants pg_read_all_stats to the role. Without it
--     `idle_in_transaction` and the holder of a lock are not shown in full.

SELECT pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', pg_catalog.current_database(), :'role') \gexec

-- Tier 1 needs CREATE for the packet's objects. You may revoke it after the release, because a rollback does not need it.
GRANT USAGE, CREATE ON SCHEMA public TO :"role";

-- The approvals, and the tables and views that are only read or counted.
GRANT SELECT ON
    public.os_proposal_approvals,
    public.event_type_registry,
    public.event_outbox,
    public.system_issues,
    public.governance_ruleset,
    public.evolution_snapshots,
    public.candidate_scan_run,
    public.candidate_scan_state,
    public.candidate_scan_object,
    public.candidate_scan_cursor,
    public.v_governance_object_inventory,
    public.v_governance_scope,
    public.v_governance_effective_owner,
    public.v_governance_ownership_gap,
    public.v_governance_ownership_conflict,
    public.v_governance_event_emit
TO :"role";

-- The seed: tier 3 inserts rows, and its rollback deletes them. DELETE also allows the lock that keeps two operators apart.
GRANT SELECT, INSERT, DELETE ON public.governance_object_ownership TO :"role";

-- If ownership has foreign keys, preflight checks that the referenced tables hold the values that the seed refers to.
SELECT DISTINCT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, :'role')
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conrelid = 'public.governance_object_ownership'::pg_catalog.regclass \gexec
SELECT pg_catalog.format('GRANT SELECT (%s) ON %I.%I TO %I',
    pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum), n.nspname, c.relname, :'role')
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
WHERE k.contype = 'f' AND k.conrelid = 'public.governance_object_ownership'::pg_catalog.regclass
GROUP BY k.oid, n.nspname, c.relname \gexec

-- A view cannot be truncated, but TRUNCATE allows LOCK TABLE ... IN SHARE MODE on it. The lock keeps inventory and scopes
-- unchanged while a tier runs. The server locks the tables below the view with the rights of the view's owner.
GRANT TRUNCATE ON public.v_governance_object_inventory, public.v_governance_scope TO :"role";

-- From PostgreSQL 17 on, MAINTAIN allows the SHARE lock on the approvals and ANALYZE, without any right to write.
SELECT pg_catalog.format('GRANT MAINTAIN ON public.%I TO %I', t.name, :'role')
FROM (VALUES ('os_proposal_approvals'), ('governance_object_ownership')) AS t (name)
WHERE pg_catalog.current_setting('server_version_num')::int >= 170000 \gexec

-- The fingerprint reads the positions of the sequences. SELECT cannot advance a sequence.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO :"role";

-- `scan --write` and `scan cursor` are not part of the release. They need these rights, which are not granted here:
--     GRANT INSERT ON public.candidate_scan_run TO :"role";
--     GRANT INSERT, UPDATE ON public.candidate_scan_state, public.candidate_scan_object TO :"role";
--     GRANT UPDATE ON public.candidate_scan_cursor TO :"role";
