present AS (
    SELECT packet.object, packet.relation, packet.routine, packet.type, packet.schema
    FROM packet
    WHERE packet.relation IS NOT NULL OR packet.routine IS NOT NULL OR packet.type IS NOT NULL OR packet.schema IS NOT NULL
), present_relation AS MATERIALIZED (
    SELECT present.object, class.oid, class.relkind, class.relpersistence, class.relispartition, class.relpartbound, class.relrowsecurity,
        class.relforcerowsecurity, class.relreplident, class.reloptions, class.relispopulated, class.relam, class.reltablespace,
        class.reltoastrelid, class.relowner, class.relacl
    FROM present
    JOIN pg_catalog.pg_class AS class ON class.oid = present.relation
), present_column AS MATERIALIZED (
    SELECT class.object, class.relkind, class.relowner, attribute.attrelid, attribute.attnum, attribute.attname, attribute.atttypid,
        attribute.atttypmod, attribute.attcollation, attribute.attnotnull, attribute.attidentity, attribute.attgenerated,
        attribute.attstattarget, attribute.attstorage, attribute.attoptions, attribute.attacl
    FROM present_relation AS class
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    WHERE class.relkind <> 'S'
)
