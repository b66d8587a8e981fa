-- expected: 0
-- hint: Look at public.event_type_registry: an event type of the domain governance is active. Ask whoever turned it on, and turn it off until after the release.
SELECT pg_catalog.count(*)::text FROM public.event_type_registry AS registered
WHERE registered.domain::text COLLATE "C" = 'governance' AND registered.active
