$q$
    SELECT CASE
        WHEN pg_catalog.bool_and(part.state = 'absent') THEN 'absent'
        WHEN pg_catalog.bool_and(part.state = 'applied') THEN 'applied'
        ELSE coalesce(pg_catalog.min(part.state) FILTER (WHERE part.state LIKE 'altered%'), 'altered: some of it is there and some is not')
    END
    FROM ($q$ || {{asked}} || $q$) AS part (state)
$q$
