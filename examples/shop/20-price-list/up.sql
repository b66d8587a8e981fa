INSERT INTO reason (code, title) VALUES
    ('wrong', 'Not what was ordered'),
    ('broken', 'Broken on arrival'),
    ('regret', 'No longer wanted');
