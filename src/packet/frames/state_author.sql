-- The tier changes rows that existed before it, so the author's absent.sql and applied.sql decide.
SELECT CASE
    WHEN said.applied AND NOT said.absent THEN 'applied'
    WHEN said.absent AND NOT said.applied THEN 'absent'
    WHEN said.applied THEN 'altered: applied.sql and absent.sql both say yes'
    {{neither}}
END
FROM (SELECT coalesce((
{{applied}}
), false), coalesce((
{{absent}}
), false)) AS said (applied, absent)
