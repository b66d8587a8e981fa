            -- What the author's absent.sql and applied.sql say, under the author's path. The state reads it.
            PERFORM pg_catalog.set_config('search_path', {{path}}, true);
            EXECUTE coalesce(CASE {{item}}
{{asked}}            END, $q$SELECT ''$q$) INTO author;
            PERFORM pg_catalog.set_config('oneroof.author', author, true);
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
