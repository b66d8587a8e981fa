-- expected: 0
-- hint: A governance event type is active in event_type_registry; whoever turned it on must say why.
SELECT pg_catalog.count(*)::text FROM public.event_type_registry AS registered
WHERE registered.domain::text COLLATE "C" = 'governance' AND registered.active
