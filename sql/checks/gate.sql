                ('gate',
                    CASE
                        WHEN pg_catalog.current_setting('oneroof.mode', true) = 'clone'
                            AND pg_catalog.current_database() ~ '^directus_gov_test_[0-9]{8}$' THEN 'warning'
                        ELSE 'error'
                    END,
                    '>= 1',
                    $q$SELECT pg_catalog.count(*)::text FROM public.os_proposal_approvals$q$,
                    'The gate is closed. Only people open it: the L2 quorum and the L4 President ratify the proposal (os_proposal_approvals >= 1).')
