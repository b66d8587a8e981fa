$q$
    SELECT CASE
        WHEN pg_catalog.bool_and(part.state = 'absent') THEN 'absent'
        WHEN pg_catalog.bool_and(part.state = 'applied') THEN 'applied'
        ELSE coalesce(
            pg_catalog.min(part.state) FILTER (WHERE part.state LIKE 'altered%'),
            pg_catalog.format('altered: %s are missing, but %s are there',
                pg_catalog.string_agg(part.what, ' and ') FILTER (WHERE part.state = 'absent'),
                pg_catalog.string_agg(part.what, ' and ') FILTER (WHERE part.state = 'applied')))
    END
    FROM ($q$ || {{questions}} || $q$) AS part (state, what)
$q$
