//! The release on databases that have grown: views and checks over ten to a thousand times as many objects, a fingerprint of 300,000 rows,
//! 24,000 tables beside the release, and a tier that updates 10 million rows.

use super::figures::Figures;
use super::{ADMINISTRATOR, Bench, DATABASE, OWNER, cluster, repository};
use oneroof::testing::programs::{Client, Programs};
use std::path::Path;

/// The objects of the baseline.
const OBJECTS: usize = 35;
/// An item that takes less than this at the largest size, in milliseconds, is noise.
const NOISE_MS: f64 = 5.0;
/// The rows that the large tier updates.
const LARGE_ROWS: usize = 10_000_000;
/// The rows that the fingerprint reads.
const READ_ROWS: usize = 300_000;
/// The role that runs the packets of this file.
const ROLE: &str = "shop_release";

/// A packet of this bench, and the table that it changes.
struct Packet {
    /// The name of the folder, of the sealed file and of the database.
    name: &'static str,
    page: &'static str,
    /// The table: its definition and its rows from the first number to the last.
    table: &'static str,
    rows: &'static str,
    /// The files of its tier.
    tier: &'static [(&'static str, &'static str)],
}

/// A tier that updates every row.
const LARGE: Packet = Packet {
    name: "currency",
    page: concat!(include_str!("../../tests/fixtures/currency.toml"), "timeout = \"60 min\"\n"),
    table: "CREATE TABLE public.items (id bigint PRIMARY KEY, price bigint NOT NULL, currency text);",
    rows: "INSERT INTO public.items SELECT g, g * 7, NULL",
    tier: &[
        ("up.sql", LARGE_UPDATE),
        ("down.sql", "UPDATE public.items SET currency = NULL;\n"),
        // The author's own questions cost nothing here: each looks at one row.
        ("absent.sql", "SELECT EXISTS (SELECT FROM public.items WHERE id = 1 AND currency IS NULL)\n"),
        ("applied.sql", "SELECT EXISTS (SELECT FROM public.items WHERE id = 1 AND currency = 'EUR')\n"),
    ],
};
const LARGE_UPDATE: &str = "UPDATE public.items SET currency = 'EUR';\n";

/// A table whose rows are part of every fingerprint, because a tier writes it.
const READ: Packet = Packet {
    name: "items",
    page: include_str!("items.toml"),
    table: "CREATE TABLE public.items (id bigint PRIMARY KEY, code text NOT NULL, title text, label text, status text, added timestamptz);",
    rows: "INSERT INTO public.items SELECT g, 'more-' || g, 'More ' || g, 'label', 'published', '2026-01-01 00:00:00Z'",
    tier: &[
        ("up.sql", "INSERT INTO public.items VALUES (0, 'none', 'None', 'label', 'draft', '2026-01-01 00:00:00Z');\n"),
        ("down.sql", "DELETE FROM public.items WHERE id = 0;\n"),
    ],
};

impl Packet {
    /// The prerequisite: the role, the approvals and 200 rows.
    fn requires(&self, role: &str) -> String {
        format!(
            "{role}CREATE TABLE public.approvals (code text, part text, signed_by text, signature text, signed_at timestamptz DEFAULT pg_catalog.now());
            {table}
            ALTER TABLE public.items OWNER TO {ROLE};
            GRANT SELECT ON public.approvals TO {ROLE};
            {rows} FROM pg_catalog.generate_series(1, 200) AS g;",
            table = self.table,
            rows = self.rows
        )
    }
}

impl Bench {
    /// Leaves the bench with a server of its usual size.
    pub(super) fn scale(&mut self, figures: &mut Figures) {
        let programs = Programs::find(None).expect("PostgreSQL's programs are there");
        self.cluster = cluster(&programs, &[("max_wal_size", "8GB")]);
        self.fingerprint_of_many_rows(figures);
        self.views_and_checks(figures);
        self.cluster = cluster(&programs, &[("max_locks_per_transaction", "1024")]);
        self.many_tables(figures);
        self.cluster = cluster(&programs, &[("max_wal_size", "6GB"), ("autovacuum", "off")]);
        self.large_update(figures);
        self.cluster = cluster(&programs, &[]);
    }

    fn administer(&self, database: &str, sql: &str) -> String {
        self.cluster.psql(database, ADMINISTRATOR, sql).expect("the administrator's SQL runs")
    }

    /// Each view of the release and each check of the packet over more and more objects. The figure is the steepest growth from a hundred
    /// to a thousand times the objects.
    fn views_and_checks(&self, figures: &mut Figures) {
        self.must_succeed(&self.apply(&["--no-rehearsal", "--quiet"]), None);
        let mut questions = self.questions();
        let mut took: Vec<Vec<f64>> = vec![Vec::new(); questions.len()];
        let mut there = OBJECTS;
        for times in [1, 10, 100, 1000] {
            let more = OBJECTS * times;
            self.administer(
                DATABASE,
                &format!(
                    "INSERT INTO public.governance_object (code, class_code, title, label, status)
                    SELECT 'more-' || g, (ARRAY['LAW', 'PROC', 'DATA', 'SVC', 'ROLE'])[g % 5 + 1], 'More ' || g, 'label-' || g % 7, 'published'
                    FROM pg_catalog.generate_series({there} + 1, {more}) AS g; ANALYZE"
                ),
            );
            there = more;
            for ((_, question), took) in questions.iter().zip(&mut took) {
                took.push(self.milliseconds(question).unwrap_or(f64::NAN));
            }
        }
        let mut steepest = (0.0, String::new());
        for ((name, _), took) in questions.drain(..).zip(took) {
            assert!(took.iter().all(|ms| ms.is_finite()), "{name} cannot be asked");
            let exponent = (took[3] / took[2]).log10();
            if took[3] >= NOISE_MS && exponent > steepest.0 {
                steepest =
                    (exponent, format!("{name}: {:.1}, {:.1}, {:.1}, {:.1} ms", took[0], took[1], took[2], took[3]));
            }
        }
        figures.add("views and checks, exponent to 210,000 pairs", steepest.0, 1.3, 1.1, steepest.1);
    }

    /// The views of the release, and the checks that stand on their own.
    fn questions(&self) -> Vec<(String, String)> {
        let views =
            "SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.relkind = 'v' AND c.relname LIKE 'v\\_oneroof%'";
        let views = self.administer(DATABASE, views);
        let mut found: Vec<(String, String)> = views
            .lines()
            .map(|view| (view.to_owned(), format!("SELECT pg_catalog.count(v::text) FROM public.{view} AS v")))
            .collect();
        let folder = std::fs::read_dir(repository().join("sql/checks")).expect("the packet has checks");
        for file in folder.map(|entry| entry.expect("an entry").path()) {
            let text = std::fs::read_to_string(&file).expect("a check can be read");
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // The composer replaces a line with `-- include:`. Such a check cannot be asked as it stands.
            if !text.contains("-- include:") {
                found.push((name, text));
            }
        }
        found
    }

    /// How long the server takes for one query, the best of three; `None` if it fails.
    fn milliseconds(&self, question: &str) -> Option<f64> {
        let explained = format!(
            "SET search_path = pg_catalog; SET jit = off; SET oneroof.ratified_apr = '{}';
            EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON) {question}",
            super::APPROVAL
        );
        let once = || {
            let plan = self.cluster.psql(DATABASE, OWNER, &explained).ok()?;
            plan.lines()
                .find_map(|line| line.trim().strip_prefix("Execution Time: ")?.strip_suffix(" ms")?.parse().ok())
        };
        (0..3).map(|_| once()).collect::<Option<Vec<f64>>>().map(|all| all.into_iter().fold(f64::INFINITY, f64::min))
    }

    /// The table's rows are read on the server, and the table is far below the size from which the client reads it.
    fn fingerprint_of_many_rows(&self, figures: &mut Figures) {
        let packet = self.packet(&READ);
        self.database(&READ, READ.name, READ_ROWS);
        let file = self.output.join("rows");
        let copy = format!("\\copy (SELECT * FROM public.items ORDER BY id) TO '{}'", file.display());
        let psql = self.psql_words(READ.name, &copy);
        let ours = ["fingerprint", "--packet", &packet, "--quiet", "-d", READ.name, "-U", ROLE];
        let ours = self.oneroof(&ours);
        let pairs: Vec<(f64, f64)> = (0..9).map(|_| (self.timed(&ours).wall, self.timed(&psql).wall)).collect();
        let note = super::medians(&pairs, "s");
        figures.add("fingerprint of 300,000 rows, ratio to COPY", super::ratio(&pairs), 2.0, 1.2, note);
        let grown = self.peak_alone(&ours);
        self.administer(READ.name, "DELETE FROM public.items WHERE id > 200; VACUUM public.items");
        let small = self.peak_alone(&ours);
        let note = format!("{grown:.1} against {small:.1} MiB");
        figures.add("its peak memory, ratio to 200 rows", grown / small, 1.1, 1.05, note);
    }

    fn many_tables(&self, figures: &mut Figures) {
        let apply = self.apply(&["--no-rehearsal", "--quiet"]);
        let alone = self.timed(&apply).wall;
        self.reset();
        self.administer(DATABASE, "CREATE SCHEMA other");
        for batch in 0..12 {
            self.administer(
                DATABASE,
                &format!(
                    "DO $$ BEGIN FOR number IN {batch} * 2000 .. {batch} * 2000 + 1999 LOOP
                    EXECUTE format('CREATE TABLE other.t%s (id bigint PRIMARY KEY, v text)', number); END LOOP; END $$"
                ),
            );
        }
        self.administer(DATABASE, "VACUUM ANALYZE; CHECKPOINT");
        let among = self.timed(&apply).wall;
        self.reset();
        figures.tell(
            "apply --no-rehearsal with 24,000 other tables",
            among / alone,
            format!("{among:.2} against {alone:.2} s"),
        );
    }

    /// The bare UPDATE before and after the tier, each in a database of its own. Autovacuum is off, because it would work on the rows that
    /// the first UPDATE leaves while the second runs.
    fn large_update(&self, figures: &mut Figures) {
        let packet = self.packet(&LARGE);
        for database in ["bare", "shop", "again"] {
            self.database(&LARGE, database, LARGE_ROWS);
        }
        let logs = self.logs.display().to_string();
        let ours = [
            "apply",
            "--packet",
            &packet,
            "--approval",
            "REL-7",
            "--yes",
            "--no-rehearsal",
            "--quiet",
            "--log-dir",
            &logs,
        ];
        let ours = self.oneroof(&[&ours[..], &["-d", "shop", "-U", ROLE]].concat());
        let psql = |database: &str| self.psql_words(database, LARGE_UPDATE);
        let walls = [psql("bare"), ours, psql("again")].map(|words| {
            let wall = self.timed(&words).wall;
            self.administer("postgres", "CHECKPOINT");
            wall
        });
        let [before, proved, after] = walls;
        let note = format!("{proved:.1} s against {before:.1} s before and {after:.1} s after");
        let what = format!("UPDATE of {LARGE_ROWS} rows, ratio to psql");
        figures.add(what, proved / f64::midpoint(before, after), 1.10, 1.04, note);
    }

    fn psql_words(&self, database: &str, command: &str) -> Vec<String> {
        let psql = self.psql.display().to_string();
        [&psql, "-X", "-q", "-U", ROLE, "-d", database, "-c", command].map(ToOwned::to_owned).to_vec()
    }

    /// The folder of PostgreSQL's programs.
    pub(super) fn pg_bin(&self) -> String {
        let psql = self.cluster.programs().client(Client::Psql).expect("psql is there");
        psql.parent().unwrap_or(Path::new("/")).display().to_string()
    }

    /// Builds the packet and returns its path.
    fn packet(&self, packet: &Packet) -> String {
        let folder = self.output.join(packet.name);
        let tier = folder.join(format!("10-{}", packet.name));
        std::fs::create_dir_all(&tier).expect("a folder can be made");
        let write = |path: &Path, text: &str| std::fs::write(path, text).expect("a file can be written");
        write(&folder.join("packet.toml"), packet.page);
        write(&folder.join("requires.sql"), &packet.requires(&format!("CREATE ROLE {ROLE} LOGIN;\n")));
        for (name, text) in packet.tier {
            write(&tier.join(name), text);
        }
        let sealed = self.output.join(format!("{}.packet", packet.name)).display().to_string();
        let folder = folder.display().to_string();
        let words = self.oneroof(&["packet", "build", &folder, "-o", &sealed, "--pg-bin", &self.pg_bin()]);
        self.must_succeed(&words, None);
        sealed
    }

    /// Makes a database with the packet's prerequisite, an approval, and this many rows.
    fn database(&self, packet: &Packet, database: &str, rows: usize) {
        self.administer("postgres", &format!("CREATE DATABASE {database}"));
        self.administer(
            "postgres",
            &format!(
                "DO $$ BEGIN IF pg_catalog.to_regrole('{ROLE}') IS NULL THEN CREATE ROLE {ROLE} LOGIN; END IF; END $$"
            ),
        );
        self.administer(database, &packet.requires(""));
        self.administer(
            database,
            &format!(
                "INSERT INTO public.approvals VALUES ('REL-7', 'owner', 'the owner', 'by hand', pg_catalog.now());
                {} FROM pg_catalog.generate_series(201, {rows}) AS g;
                VACUUM ANALYZE public.items; CHECKPOINT",
                packet.rows
            ),
        );
    }
}
