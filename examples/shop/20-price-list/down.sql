DELETE FROM reason WHERE code IN ('wrong', 'broken', 'regret');
