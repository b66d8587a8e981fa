                -- Where the tiers below are absent, what they make is not there to be read.
                IF item.expected = 'absent' AND item.name LIKE 'state.%' AND item.name <> 'state.1' AND SQLSTATE IN ('42703', '42P01') THEN
                    met := true;
                    actual := 'absent';
                END IF;
