(
            SELECT pg_catalog.min(person.who)
            FROM (
                SELECT ospa.{{who}}::text COLLATE "C" AS who
                FROM {{table}} AS ospa
                WHERE ospa.{{code}}::text COLLATE "C" = approval.code AND ospa.{{signature}}::text COLLATE "C" ~ '[^[:space:]]'
                    AND ospa.{{at}} <= pg_catalog.clock_timestamp()
                GROUP BY 1
                HAVING pg_catalog.count(DISTINCT {{level}}) > 1
            ) AS person
        )
