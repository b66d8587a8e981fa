-- What stage D of a clone needs before it tries to emit: the governance event types, the rows of the outbox that can serve as a pattern for
-- an event, the triggers of the outbox, and the functions in these triggers that no ROLLBACK reverts. It only reads. Each row is one fact.
-- Its kind is type (name; state is active or inactive), shape (name is the oid of the table, state the ctid of the row), trigger (name;
-- state is the signature of its function, called its bare name), or effect (name is a function, state the reason).
WITH RECURSIVE computed (object, tree) AS (
    SELECT g.tgname::text, ':funcid ' || g.tgfoid::text
    FROM pg_catalog.pg_trigger AS g
    WHERE g.tgrelid IN ('public.event_outbox'::pg_catalog.regclass, 'public.event_type_registry'::pg_catalog.regclass)
        AND NOT g.tgisinternal AND g.tgenabled <> 'D'
),
-- include: called
SELECT fact.kind, fact.name, fact.state, fact.called
FROM (
    SELECT 1 AS place, 0::bigint AS turn, 'type' AS kind, known.name, CASE WHEN known.active THEN 'active' ELSE 'inactive' END AS state,
        NULL::text AS called
    FROM (
        SELECT registered.event_type::text COLLATE "C" AS name, pg_catalog.bool_or(registered.active IS TRUE) AS active
        FROM public.event_type_registry AS registered
        WHERE registered.domain::text COLLATE "C" = 'governance'
        GROUP BY registered.event_type::text COLLATE "C"
    ) AS known
    UNION ALL
    -- The latest row for each set of payload keys. Payloads that are no object, or that jsonb cannot hold, form one set.
    SELECT 2, shape.turn, 'shape', shape.relation, shape.place, NULL
    FROM (
        SELECT latest.relation, latest.place, pg_catalog.row_number() OVER (ORDER BY latest.created_at DESC) AS turn
        FROM (
            SELECT sent.tableoid::text AS relation, sent.ctid::text AS place, sent.created_at,
                pg_catalog.row_number() OVER (PARTITION BY named.keys ORDER BY sent.created_at DESC) AS turn
            FROM public.event_outbox AS sent
            CROSS JOIN LATERAL (
                SELECT pg_catalog.string_agg(DISTINCT pair.key, ' ') AS keys
                FROM pg_catalog.jsonb_each_text(CASE
                    WHEN pg_catalog.left(pg_catalog.btrim(sent.payload::text, E' \t\r\n'), 1) = '{' AND pg_catalog.strpos(sent.payload::text, '\u0000') = 0
                        THEN sent.payload::jsonb
                    ELSE '{}'
                END) AS pair (key, value)
            ) AS named
        ) AS latest
        WHERE latest.turn = 1
    ) AS shape
    WHERE shape.turn <= 50
    UNION ALL
    SELECT 3, 0, 'trigger', g.tgname::text, f.oid::pg_catalog.regprocedure::text, f.proname::text
    FROM pg_catalog.pg_trigger AS g
    JOIN pg_catalog.pg_proc AS f ON f.oid = g.tgfoid
    WHERE g.tgrelid = 'public.event_outbox'::pg_catalog.regclass AND NOT g.tgisinternal AND g.tgenabled <> 'D'
    UNION ALL
    -- Left out: nextval and setval change only the clone's sequences, and no notification is sent, because there is no COMMIT.
    SELECT DISTINCT 4, 0::bigint, 'effect', effects.function, effects.why, NULL
    FROM effects
    WHERE effects.why LIKE 'no rollback%' AND effects.why NOT LIKE '%NOTIFY'
        AND effects.function !~ '^pg_catalog\.(nextval|setval|pg_notify)\('
) AS fact
ORDER BY fact.place, fact.turn, fact.name COLLATE "C";
