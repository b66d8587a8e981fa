SELECT 'ownership.widths', 'error', 'wide enough',
    pg_catalog.format('SELECT %L', CASE WHEN EXISTS (SELECT FROM own) THEN coalesce((
        SELECT pg_catalog.string_agg(pg_catalog.format('%s holds %s characters, needs %s', held.attname, held.room, held.width), ', ' ORDER BY held.attnum)
        FROM held WHERE held.room < held.width), 'wide enough') ELSE 'missing' END),
    'The owner of public.governance_object_ownership widens the column.'
