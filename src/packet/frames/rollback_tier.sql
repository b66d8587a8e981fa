\if :there_{{number}}
    \echo rollback of tier {{number}}: {{name}}
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    \ir {{file}}
    SET CONSTRAINTS ALL IMMEDIATE;
    COMMIT;
\endif
