//! How long `packet build` takes for three tiers over a table of 200,000 rows. It runs them twice on a throwaway server, and proves the rollbacks.

use super::Bench;
use super::figures::Figures;

/// The files of the packet.
const FILES: [(&str, &str); 10] = [
    ("packet.toml", include_str!("build.toml")),
    (
        "requires.sql",
        "CREATE ROLE shop_release LOGIN;
CREATE TABLE public.approvals (code text, part text, signed_by text, signature text, signed_at timestamptz DEFAULT pg_catalog.now());
GRANT SELECT ON public.approvals TO shop_release;
CREATE TABLE public.items (id integer PRIMARY KEY, title text NOT NULL, number integer);
ALTER TABLE public.items OWNER TO shop_release;
INSERT INTO public.items SELECT g, 'title ' || g, g % 100 FROM pg_catalog.generate_series(1, 200000) AS g;
",
    ),
    ("10-column/up.sql", "ALTER TABLE public.items ADD COLUMN class integer; UPDATE public.items SET class = id % 7;\n"),
    ("10-column/down.sql", "ALTER TABLE public.items DROP COLUMN class;\n"),
    ("20-rows/up.sql", "UPDATE public.items SET title = title || '!';\n"),
    ("20-rows/down.sql", "UPDATE public.items SET title = pg_catalog.\"left\"(title, -1);\n"),
    ("20-rows/absent.sql", "SELECT title NOT LIKE '%!' FROM public.items WHERE id = 1\n"),
    ("20-rows/applied.sql", "SELECT title LIKE '%!' FROM public.items WHERE id = 1\n"),
    (
        "30-table/up.sql",
        "CREATE TABLE public.parts (id integer PRIMARY KEY, item integer REFERENCES public.items);
CREATE INDEX items_number ON public.items (number);
INSERT INTO public.parts VALUES (1, 1);
",
    ),
    ("30-table/down.sql", "DROP INDEX public.items_number; DROP TABLE public.parts;\n"),
];

impl Bench {
    pub(super) fn build(&self, figures: &mut Figures) {
        let folder = self.output.join("large");
        for (name, text) in FILES {
            let file = folder.join(name);
            std::fs::create_dir_all(file.parent().unwrap_or(&folder)).expect("a folder can be made");
            std::fs::write(file, text).expect("a file can be written");
        }
        let (folder, sealed) = (folder.display().to_string(), self.output.join("large.packet").display().to_string());
        let words = self.oneroof(&["packet", "build", &folder, "-o", &sealed, "--pg-bin", &self.pg_bin()]);
        let seconds = self.timed(&words).wall;
        figures.add(
            "packet build over 200,000 rows, seconds",
            seconds,
            30.0,
            10.0,
            "three tiers, two runs and the proof",
        );
    }
}
