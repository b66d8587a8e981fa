                ({{name}}, CASE WHEN {{large}} THEN 'warning' ELSE {{severity}} END, 'none',
                    CASE WHEN {{large}} THEN $q$SELECT 'not checked: the table has more than 100,000 pages'$q$
                        ELSE {{question}}
                    END,
                    {{hint}})
