            EXCEPTION
                WHEN undefined_column OR undefined_table THEN
                    -- The query may read an object that a lower tier creates. If that object does not exist, no row of this tier can be there.
                    -- The objects of the tier are compared all the same.
                    IF {{condition}} THEN
                        author := 'absent';
                    ELSE
                        RAISE;
                    END IF;
