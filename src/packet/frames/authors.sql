            -- Makes the author's queries absent.sql and applied.sql under the packet's search_path. The query of the state reads the result.
            BEGIN
                PERFORM pg_catalog.set_config('search_path', {{path}}, true);
                EXECUTE coalesce(CASE {{item}}
{{questions}}                END, $q$SELECT ''$q$) INTO author;
{{lacking}}            END;
            PERFORM pg_catalog.set_config('oneroof.author', author, true);
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
