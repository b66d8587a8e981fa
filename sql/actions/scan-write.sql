-- Writes the coverage into the candidate tables: one row for each class and one for each object, by natural key. Rows that are right
-- already are not written. Each run adds exactly one row to candidate_scan_run. last_run_id is the run that last changed a row.

DO $oneroof$
DECLARE
    key      name;
    run      uuid;
    snapshot uuid;
BEGIN
    -- The contract gives the type of the key column but not its name.
    SELECT a.attname INTO STRICT key
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = 'public.candidate_scan_run'::pg_catalog.regclass AND i.indisprimary;
    SELECT known.id INTO STRICT snapshot
    FROM public.evolution_snapshots AS known
    WHERE known.snapshot_ref::text COLLATE "C" = pg_catalog.current_setting('oneroof.snapshot')
        OR known.id::text = pg_catalog.current_setting('oneroof.snapshot')
    ORDER BY known.taken_at DESC NULLS LAST, known.id DESC
    LIMIT 1;
    EXECUTE pg_catalog.format($q$
        INSERT INTO public.candidate_scan_run (ruleset_code, snapshot_id, state_rows, object_rows, started_at)
        SELECT pg_catalog.current_setting('oneroof.ruleset'), $1,
            pg_catalog.count(DISTINCT inventory.class_code), pg_catalog.count(*), pg_catalog.now()
        FROM public.v_governance_object_inventory AS inventory
        RETURNING %I$q$, key)
    INTO STRICT run
    USING snapshot;

    WITH object AS (
        SELECT inventory.class_code::text COLLATE "C" AS class_code,
            NOT EXISTS (SELECT FROM public.v_governance_ownership_gap AS gap WHERE gap.object_code = inventory.object_code) AS covered
        FROM public.v_governance_object_inventory AS inventory
    )
    INSERT INTO public.candidate_scan_state AS kept (class_code, objects, covered, last_run_id)
    SELECT object.class_code, pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE object.covered), run
    FROM object
    GROUP BY object.class_code
    ORDER BY object.class_code
    ON CONFLICT (class_code) DO UPDATE
    SET objects = excluded.objects, covered = excluded.covered, last_run_id = excluded.last_run_id
    WHERE (kept.objects, kept.covered) IS DISTINCT FROM (excluded.objects, excluded.covered);

    INSERT INTO public.candidate_scan_object AS kept (object_code, class_code, scopes_covered, scopes_total, last_run_id)
    SELECT inventory.object_code, inventory.class_code, scope.total - open.gaps, scope.total, run
    FROM public.v_governance_object_inventory AS inventory
    CROSS JOIN (SELECT pg_catalog.count(*) AS total FROM public.v_governance_scope) AS scope
    CROSS JOIN LATERAL (
        SELECT pg_catalog.count(DISTINCT gap.scope_code) AS gaps
        FROM public.v_governance_ownership_gap AS gap WHERE gap.object_code = inventory.object_code) AS open
    ORDER BY inventory.object_code
    ON CONFLICT (object_code) DO UPDATE
    SET class_code = excluded.class_code, scopes_covered = excluded.scopes_covered, scopes_total = excluded.scopes_total,
        last_run_id = excluded.last_run_id
    WHERE (kept.class_code::text COLLATE "C", kept.scopes_covered, kept.scopes_total)
        IS DISTINCT FROM (excluded.class_code::text COLLATE "C", excluded.scopes_covered, excluded.scopes_total);
END
$oneroof$;
