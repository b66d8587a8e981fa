-- What a role needs to release, verify and roll back, when it does not own what is there.
--
-- Run once by the owner of these objects (up to PostgreSQL 14 schema public is a superuser's, so by one), with psql:
--     psql -d directus -v ON_ERROR_STOP=1 -v role=NAME -f least_privilege.sql
-- The role owns the 43 objects that it makes; only it, or a superuser, takes them back. It gets no
-- right to write the approvals, the event registry, the outbox or the issues, and needs none.
--
-- What grants cannot give, and what happens without it:
--   * ANALYZE of governance_object_ownership: up to PostgreSQL 16 only the owner of the table or of the
--     database may; from 17 on MAINTAIN allows it. Without it the server passes over it (`privilege.analyze`).
--   * The SHARE lock on os_proposal_approvals, which keeps the gate as it is until COMMIT: up to
--     PostgreSQL 16 it takes UPDATE, DELETE or TRUNCATE there, which a role that releases should not have;
--     from 17 on MAINTAIN allows it and writes nothing. Without it the gate is checked again last, and the open
--     window is reported (`gate.window`).
--   * The state of other roles' sessions: GRANT pg_read_all_stats TO the role, by a superuser, if
--     `idle_in_transaction` and the holder of a lock are shown in full.

SELECT pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', pg_catalog.current_database(), :'role') \gexec

-- CREATE makes the packet's objects in tier 1; take it back after the release if you like, a rollback needs none.
GRANT USAGE, CREATE ON SCHEMA public TO :"role";

-- The gate, and what is only read or counted.
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

-- The seed: tier 3 inserts, its rollback deletes. DELETE also allows the lock that keeps two operators apart.
GRANT SELECT, INSERT, DELETE ON public.governance_object_ownership TO :"role";

-- Where ownership refers to other tables, preflight checks whether they hold what the seed refers to.
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

-- Nothing can be truncated through a view, but the right allows LOCK TABLE ... IN SHARE MODE there, which
-- keeps inventory and scopes as they are while a tier runs; the lock reaches the tables below as the view's owner.
GRANT TRUNCATE ON public.v_governance_object_inventory, public.v_governance_scope TO :"role";

-- PostgreSQL 17 and later: the gate's SHARE lock, and ANALYZE, without any right to write.
SELECT pg_catalog.format('GRANT MAINTAIN ON public.%I TO %I', t.name, :'role')
FROM (VALUES ('os_proposal_approvals'), ('governance_object_ownership')) AS t (name)
WHERE pg_catalog.current_setting('server_version_num')::int >= 170000 \gexec

-- The fingerprint reads the positions of the sequences; SELECT cannot advance one.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO :"role";

-- Only for `scan --write` and `scan cursor` after the release; not part of it, so not granted here:
--     GRANT INSERT ON public.candidate_scan_run TO :"role";
--     GRANT INSERT, UPDATE ON public.candidate_scan_state, public.candidate_scan_object TO :"role";
--     GRANT UPDATE ON public.candidate_scan_cursor TO :"role";
