//! Other tools that release SQL to PostgreSQL, with the bodies of the same tiers in their own layouts, a migration a tier. They neither
//! check nor prove anything, so the figures say what their way of sending costs. A tool that is not on this machine is not measured.
//! `ONEROOF_BENCH_PEERS` names a folder with `node_modules`, where npm puts dbmate, node-pg-migrate and liquibase.

use super::figures::{Figures, median};
use super::{ADMINISTRATOR, Bench, DATABASE, OWNER, PASSWORD};
use crate::proxy::Proxy;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the tools keep about themselves in the database.
const BOOKKEEPING: &str = "DROP SCHEMA IF EXISTS sqitch CASCADE;
DROP TABLE IF EXISTS public.schema_migrations, public.pgmigrations, public.databasechangelog, public.databasechangeloglock;";

/// One tool and its layout.
struct Peer {
    name: &'static str,
    program: PathBuf,
    /// The arguments. `{port}` is replaced by the port to connect to.
    arguments: Vec<String>,
    files: Vec<(String, String)>,
}

impl Bench {
    pub(super) fn peers(&self, figures: &mut Figures) {
        for peer in [self.sqitch(), self.dbmate(), self.node_pg_migrate(), self.liquibase()].into_iter().flatten() {
            let folder = self.output.join(peer.name);
            for (name, text) in &peer.files {
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
                std::fs::write(path, text).expect("a file can be written");
            }
            let near = Proxy::start(self.cluster.port(), Duration::ZERO).expect("a port is free");
            let far = Proxy::start(self.cluster.port(), Duration::from_millis(50)).expect("a port is free");
            self.run_peer(&peer, &folder, near.port);
            let turns = near.take_turns();
            let local = median(&(0..5).map(|_| self.run_peer(&peer, &folder, self.cluster.port())).collect::<Vec<_>>());
            let at_a_distance = self.run_peer(&peer, &folder, far.port);
            let note = format!("{turns} turns; {:.0} ms locally, {at_a_distance:.1} s at 100 ms", local * 1000.0);
            figures.tell(&format!("{}, turns", peer.name), turns as f64, note);
        }
        let near = Proxy::start(self.cluster.port(), Duration::ZERO).expect("a port is free");
        let far = Proxy::start(self.cluster.port(), Duration::from_millis(50)).expect("a port is free");
        for (name, command) in [("oneroof", self.apply(&["--no-rehearsal", "--quiet"])), ("psql", self.psql_release())]
        {
            let wall = |port| {
                let begun = Instant::now();
                self.must_succeed(&command, Some(port));
                let wall = begun.elapsed().as_secs_f64();
                self.reset();
                wall
            };
            self.must_succeed(&command, Some(near.port));
            let turns = near.take_turns();
            self.reset();
            let local = median(&(0..5).map(|_| wall(self.cluster.port())).collect::<Vec<_>>());
            let note = format!("{turns} turns; {:.0} ms locally, {:.1} s at 100 ms", local * 1000.0, wall(far.port));
            figures.tell(&format!("{name} with all checks, turns"), turns as f64, note);
        }
    }

    /// Seconds on the wall for one release by the tool, which is rolled back afterwards.
    fn run_peer(&self, peer: &Peer, folder: &Path, port: u16) -> f64 {
        let mut words = vec![peer.program.display().to_string()];
        words.extend(peer.arguments.iter().map(|word| word.replace("{port}", &port.to_string())));
        let mut command = self.command(&words, Some(port));
        command.current_dir(folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("DATABASE_URL", url("postgres", port));
        let begun = Instant::now();
        let output = command.output().expect("the tool runs");
        let wall = begun.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {}: {said}", peer.name, output.status);
        let views = "SELECT count(*) FROM pg_class WHERE relname LIKE 'v\\_oneroof%'";
        let views = self.cluster.psql(DATABASE, ADMINISTRATOR, views).expect("views can be counted");
        assert_eq!(views.trim(), "31", "{} released something else", peer.name);
        self.reset();
        self.cluster.psql(DATABASE, ADMINISTRATOR, BOOKKEEPING).expect("the tool's tables can be dropped");
        wall
    }

    fn sqitch(&self) -> Option<Peer> {
        let program = found("sqitch")?;
        let mut plan = "%syntax-version=1.0.0\n%project=release\n\n".to_owned();
        let mut files = vec![(
            "sqitch.conf".to_owned(),
            format!(
                "[core]\n\tengine = pg\n[user]\n\tname = bench\n\temail = bench@localhost\n[engine \"pg\"]\n\tclient = {}\n",
                self.psql.display()
            ),
        )];
        for (name, body) in self.bodies() {
            let name = format!("tier{name}");
            plan.push_str(&format!("{name} 2026-01-01T00:00:00Z bench <bench@localhost> # a tier\n"));
            files.push((format!("deploy/{name}.sql"), format!("BEGIN;\n{body}\nCOMMIT;\n")));
        }
        files.push(("sqitch.plan".to_owned(), plan));
        let target = format!("db:pg://{OWNER}:{PASSWORD}@127.0.0.1:{{port}}/{DATABASE}");
        Some(Peer { name: "sqitch", program, arguments: vec!["deploy".into(), target], files })
    }

    fn dbmate(&self) -> Option<Peer> {
        let program = found("dbmate")?;
        let files = self.migrations("db/migrations", ["-- migrate:up", "-- migrate:down"]);
        Some(Peer { name: "dbmate", program, arguments: vec!["--no-dump-schema".into(), "up".into()], files })
    }

    fn node_pg_migrate(&self) -> Option<Peer> {
        let program = found("node-pg-migrate")?;
        let files = self.migrations("migrations", ["-- Up Migration", "-- Down Migration"]);
        Some(Peer { name: "node-pg-migrate", program, arguments: vec!["up".into()], files })
    }

    fn liquibase(&self) -> Option<Peer> {
        let program = found("liquibase")?;
        let mut log = "--liquibase formatted sql\n".to_owned();
        for (name, body) in self.bodies() {
            log.push_str(&format!("\n--changeset bench:{name} splitStatements:false stripComments:false\n{body}\n"));
        }
        let target = format!("--url=jdbc:postgresql://127.0.0.1:{{port}}/{DATABASE}");
        let account = [format!("--username={OWNER}"), format!("--password={PASSWORD}")];
        let arguments = [vec![target], account.to_vec(), vec!["--changelog-file=release.sql".into(), "update".into()]];
        Some(Peer {
            name: "liquibase",
            program,
            arguments: arguments.concat(),
            files: vec![("release.sql".into(), log)],
        })
    }

    /// A file a tier, numbered by time.
    fn migrations(&self, folder: &str, [up, down]: [&str; 2]) -> Vec<(String, String)> {
        let bodies = self.bodies().into_iter().enumerate();
        bodies
            .map(|(at, (name, body))| {
                (format!("{folder}/2026010100000{at}_{name}.sql"), format!("{up}\n{body}\n{down}\n"))
            })
            .collect()
    }
}

fn url(scheme: &str, port: u16) -> String {
    format!("{scheme}://{OWNER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}?sslmode=disable")
}

/// A program on PATH or in the folder of `ONEROOF_BENCH_PEERS`.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let modules = std::env::var_os("ONEROOF_BENCH_PEERS").map(|folder| Path::new(&folder).join("node_modules"));
    let npm = modules.map(|modules| [modules.join(".bin"), modules.join("liquibase/dist/liquibase")]);
    let folders = std::env::split_paths(&path).chain(npm.into_iter().flatten());
    let program = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    if program.is_none() {
        eprintln!("  {name}: not measured, it is not on this machine");
    }
    program
}
