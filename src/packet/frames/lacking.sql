                -- The query may read an object that a lower tier creates. If that object does not exist, this tier cannot be applied.
                IF item.expected = 'absent' AND item.name LIKE 'state.%' AND item.name <> 'state.1' AND SQLSTATE IN ('42703', '42P01') THEN
                    met := true;
                    actual := 'absent';
                END IF;
