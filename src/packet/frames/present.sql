present AS (
    SELECT packet.object, packet.relation, packet.routine, packet.type, packet.schema
    FROM packet
    WHERE packet.relation IS NOT NULL OR packet.routine IS NOT NULL OR packet.type IS NOT NULL OR packet.schema IS NOT NULL
), present_column AS (
    SELECT present.object, class.relkind, attribute.attrelid, attribute.attnum, attribute.attname, attribute.attacl, class.relowner
    FROM present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation AND class.relkind <> 'S'
    JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid = present.relation AND attribute.attnum > 0 AND NOT attribute.attisdropped
)
