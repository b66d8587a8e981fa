, remade (object, stays, why) AS (
    -- The objects that the tier or its rollback drops and creates again. stays: the tier renames the object and gives its name to a new view, but
    -- has not done so yet.
    SELECT named.object, named.stays,
        CASE WHEN named.stays THEN 'because the tier gives this name to a new view'
            ELSE 'because the tier or its rollback drops and creates it again' END
    FROM (
        SELECT listed.object, EXISTS (SELECT FROM moved WHERE moved.former = listed.object AND moved.stays)
        FROM ({{remade}}) AS listed (object)
    ) AS named (object, stays)
)
