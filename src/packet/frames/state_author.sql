-- The tier changes rows that existed before it, so the author's absent.sql and applied.sql decide.
SELECT CASE
    WHEN answer.applied AND NOT answer.absent THEN 'applied'
    WHEN answer.absent AND NOT answer.applied THEN 'absent'
    WHEN answer.applied THEN 'altered: applied.sql and absent.sql both say yes'
    {{neither}}
END
FROM (SELECT coalesce((
{{applied}}
), false), coalesce((
{{absent}}
), false)) AS answer (applied, absent)
