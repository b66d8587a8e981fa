                ('seam.keys', 'error', 'as in the packet', $q$
SELECT coalesce(pg_catalog.string_agg(wanted.words || ' is missing', ', ' ORDER BY wanted.words COLLATE "C"), 'as in the packet')
FROM (
    VALUES {{keys}}
) AS wanted (object, kind, columns, words)
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_index AS i
    WHERE wanted.kind IN ('unique', 'primary key') AND i.indrelid = pg_catalog.to_regclass(wanted.object)
        AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (i.indisprimary OR wanted.kind = 'unique')
        -- REFERENCES without a list of columns means the columns of the primary key, in their order. So the columns of a primary key must have the
        -- same order as in the build. For a unique key the order does not matter.
        AND (wanted.kind = 'unique' OR pg_catalog.array_to_string(ARRAY(
            SELECT a.attname
            FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS p (attnum, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = p.attnum
            WHERE p.place <= i.indnkeyatts
            ORDER BY p.place), ', ') = wanted.columns)
        AND pg_catalog.array_to_string(ARRAY(
            SELECT a.attname::text COLLATE "C"
            FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS p (attnum, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = p.attnum
            WHERE p.place <= i.indnkeyatts
            ORDER BY 1), ', ') = pg_catalog.array_to_string(ARRAY(
            SELECT one.name COLLATE "C" FROM pg_catalog.regexp_split_to_table(wanted.columns, ', ') AS one (name) ORDER BY 1), ', ')
    UNION ALL
    SELECT FROM pg_catalog.pg_constraint AS k
    WHERE wanted.kind = 'constraint' AND k.conrelid = pg_catalog.to_regclass(wanted.object)
        AND k.conname = wanted.columns::name AND k.contype IN ('p', 'u'))
$q$,
                    'Foreign keys, ON CONFLICT or GROUP BY of the release need these keys. The owner of each table adds the key, or the packet is built again for tables without it.')
