                ('gov_emit', 'error', '0',
                    $q$SELECT pg_catalog.count(*)::text FROM public.v_governance_event_emit$q$,
                    'Look at v_governance_event_emit: governance events must not reach the outbox before people turn them on.')
