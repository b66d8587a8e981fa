//! What a case runs on: a server, the expected state of the database at every tier boundary, and the comparison.

use crate::support::{DATABASE, Lab, OWNER, Output, baseline, exported_text, readers, repository_text};
use oneroof::testing::lab::{Baseline, Builder};
use serde_json::Value;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(crate) const APR: &str = "APR-BOOT-AUTHMODEL-1";
/// The names of the tiers' files, in order.
const TIERS: [&str; 6] = [
    "10_structure",
    "20_responsibility_axis",
    "30_ownership_seed",
    "40_containment",
    "50_topic_finalization",
    "60_scanner_baseline",
];

/// The command that a run executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    Apply,
    Rollback,
    /// `apply` with its rehearsal.
    Rehearsed,
    DryRun,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Rollback => "rollback",
            Self::Rehearsed => "rehearsed",
            Self::DryRun => "dry-run",
        }
    }

    /// The number of applied tiers before and after a run that succeeds.
    pub(crate) fn ends(self) -> (usize, usize) {
        match self {
            Self::Apply | Self::Rehearsed => (0, 6),
            Self::Rollback => (6, 0),
            Self::DryRun => (0, 0),
        }
    }

    pub(crate) fn arguments(self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Apply => &["apply", "--ratified-apr", APR, "--no-rehearsal"],
            Self::Rollback => &["rollback", "--full", "--no-rehearsal"],
            Self::Rehearsed => &["apply", "--ratified-apr", APR],
            Self::DryRun => &["apply", "--ratified-apr", APR, "--dry-run"],
        };
        words.iter().chain(&["--yes", "--format", "json"]).map(|&word| word.to_owned()).collect()
    }
}

/// The result of a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Whether the report says that the outcome is unknown.
    pub(crate) unknown: bool,
    /// The number of applied tiers, as psql sees it.
    pub(crate) tiers: usize,
}

/// The expected states of the database. They are the same for every server, because all servers are copies of one baseline.
#[derive(Debug)]
struct Golden {
    /// The dump after 0 to 6 tiers, which psql alone applied.
    texts: Vec<String>,
    /// The ids and times of the baseline. All others come from the run.
    known: HashSet<String>,
}

static GOLDEN: OnceLock<Golden> = OnceLock::new();

#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) lab: Lab,
    /// The databases from which a case can start. Each is created when it is needed for the first time.
    copies: HashSet<usize>,
    /// The number of applied tiers, if it is known.
    state: Option<usize>,
    runs: usize,
}

/// The baseline with the gate open. All servers with this baseline are copies of one cluster and have the same system identifier.
pub(crate) fn ratified() -> Baseline {
    let mut baseline = baseline();
    baseline.sql += &repository_text("sql/lab/ratify.sql");
    baseline
}

impl Ground {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let ratified = ratified();
        Self::around(Lab::own(|builder| {
            // The cases of the gate compare commit timestamps.
            let builder = builder.baseline(ratified).setting("track_commit_timestamp", "on");
            configure(
                builder.tcp().access(format!("host all {OWNER} 127.0.0.1/32 trust")).access("local all all trust"),
            )
        }))
    }

    /// Uses a server that already has the baseline and its approval.
    pub(crate) fn around(lab: Lab) -> Self {
        let mut ground = Self { lab, copies: HashSet::new(), state: None, runs: 0 };
        GOLDEN.get_or_init(|| ground.first());
        ground.state = ground.tiers().ok();
        ground
    }

    /// Records the states of the database with psql alone, and then restores the database.
    fn first(&mut self) -> Golden {
        let known: HashSet<String> = marks(&self.dump()).map(str::to_owned).collect();
        self.copy(DATABASE, "golden_0");
        let mut texts = vec![self.digest(&known)];
        for tier in TIERS {
            self.psql_tier(tier);
            texts.push(self.digest(&known));
        }
        let distinct: HashSet<&String> = texts.iter().collect();
        assert_eq!(distinct.len(), 7, "the state of the database differs at every tier boundary");
        self.copy("golden_0", DATABASE);
        Golden { texts, known }
    }

    /// Applies one tier with psql alone, as a person without the binary would.
    fn psql_tier(&self, name: &str) {
        let text = exported_text(&format!("sql/prod/{name}.sql"));
        self.lab.psql(&format!(
            "SET search_path = pg_catalog, pg_temp; SET oneroof.ratified_apr = '{APR}';
             BEGIN;\n{text}\n;SET CONSTRAINTS ALL IMMEDIATE;\nCOMMIT;"
        ));
    }

    fn copy(&self, from: &str, to: &str) {
        let administrator = self.lab.administrator().to_owned();
        let drop = format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)");
        let make = format!("CREATE DATABASE {to} OWNER {OWNER} TEMPLATE {from}");
        for sql in [drop, make] {
            let begun = Instant::now();
            // The server may still count a session that has just ended as connected to the template.
            while let Err(why) = self.lab.try_psql_in("postgres", &administrator, &sql) {
                assert!(begun.elapsed() < Duration::from_secs(20), "{sql}: {why}");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Recreates the database with this number of tiers.
    pub(crate) fn reset(&mut self, tiers: usize) {
        if self.state == Some(tiers) {
            return;
        }
        self.keep();
        if self.copies.insert(tiers) {
            self.copy("golden_0", DATABASE);
            TIERS.iter().take(tiers).for_each(|tier| self.psql_tier(tier));
            self.copy(DATABASE, &format!("golden_{tiers}"));
        } else {
            self.copy(&format!("golden_{tiers}"), DATABASE);
        }
        self.state = Some(tiers);
    }

    /// Copies the database in its first state.
    pub(crate) fn keep(&mut self) {
        if self.copies.insert(0) {
            assert_eq!(self.state, Some(0), "a server begins with the baseline");
            self.copy(DATABASE, "golden_0");
        }
    }

    /// Marks the state as unknown, so that the next comparison reads the database again.
    pub(crate) fn touched(&mut self) {
        self.keep();
        self.state = None;
    }

    /// A new folder for the evidence of one run.
    pub(crate) fn folder(&mut self) -> PathBuf {
        self.runs += 1;
        let folder = self.lab.sandbox.logs().join(self.runs.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub(crate) fn port(&self) -> u16 {
        self.lab.cluster().port()
    }

    fn dump(&self) -> String {
        readers::dump_by_psql(&self.lab.environment(DATABASE, self.lab.administrator())).unwrap()
    }

    /// The whole database as sorted lines, without the ids and times that the run made.
    fn digest(&self, known: &HashSet<String>) -> String {
        let text = self.dump();
        let mut lines: Vec<String> = text.lines().map(|line| without_marks(line, known)).collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// The number of applied tiers. The database must be exactly in one of the seven states, to the byte.
    pub(crate) fn tiers(&mut self) -> Result<usize, String> {
        let golden = GOLDEN.get().expect("made with the first ground");
        let digest = self.digest(&golden.known);
        let found = golden.texts.iter().position(|text| *text == digest);
        self.state = found;
        found.ok_or_else(|| {
            let nearest = &golden.texts[0];
            let strange = digest.lines().filter(|line| !nearest.contains(line)).take(8).collect::<Vec<_>>().join("\n");
            format!("the database is at no tier boundary; lines that the baseline does not have:\n{strange}")
        })
    }

    /// As [`Self::tiers`], but ignores the approvals, which were removed and added again with other ids and times.
    pub(crate) fn tiers_but_for_approvals(&mut self) -> Result<usize, String> {
        self.state = None;
        let without =
            |state: &str| state.lines().filter(|line| !line.contains("sig:lab:")).collect::<Vec<_>>().join("\n");
        let golden = GOLDEN.get().expect("made with the first ground");
        let digest = without(&self.digest(&golden.known));
        golden
            .texts
            .iter()
            .position(|text| without(text) == digest)
            .ok_or_else(|| "the database is at no tier boundary".to_owned())
    }

    /// Waits until no backend of the program and no run lock is left.
    pub(crate) fn nothing_left(&self, patience: Duration) -> Result<(), String> {
        let question = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneroof') \
            + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')";
        let begun = Instant::now();
        loop {
            let left = self.lab.admin(question);
            if left == "0" {
                return Ok(());
            }
            if begun.elapsed() > patience {
                let who = self.lab.admin("SELECT pid, state, wait_event, left(query, 60) FROM pg_stat_activity WHERE application_name = 'oneroof'");
                return Err(format!("{left} sessions or locks are left after {patience:?}: {who}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Compares the report of a run with what psql sees.
    pub(crate) fn judge(&mut self, way: Way, output: &Output) -> Result<Told, String> {
        self.nothing_left(Duration::from_secs(5))?;
        let tiers = self.tiers()?;
        let shown = check_report(way, output, tiers)
            .map_err(|why| format!("{why}\npsql sees {tiers} tiers\n{}", output.whole()))?;
        Ok(Told { tiers, ..shown })
    }

    /// Asserts that `status` reports the tiers that psql sees.
    pub(crate) fn status_agrees(&self, tiers: usize) -> Result<(), String> {
        let output = self.lab.oneroof(["status", "--format", "json"]).output();
        let standing = standing(&output.json());
        if standing.as_deref() == Some(&numbers(tiers)) {
            return Ok(());
        }
        Err(format!("psql sees {tiers} tiers, status says\n{}", output.whole()))
    }

    /// Runs `apply` and `rollback --full` again. `apply` must succeed or stop with the right exit code, and the rollback must remove all
    /// tiers.
    pub(crate) fn goes_on(&mut self, tiers: usize) -> Result<(), String> {
        let folder = self.folder().display().to_string();
        let again = self.lab.oneroof(Way::Apply.arguments()).arguments(["--log-dir", &folder]).output();
        let expected = match tiers {
            0 => 0,
            6 => 13,
            _ => 4,
        };
        if again.code() != Some(expected) {
            return Err(format!(
                "{tiers} tiers were applied, and the second apply did not end with {expected}\n{}",
                again.whole()
            ));
        }
        let back = self.lab.oneroof(Way::Rollback.arguments()).arguments(["--log-dir", &folder]).output();
        let left = self.tiers()?;
        if back.code() != Some(0) || left != 0 {
            return Err(format!("rollback --full left {left} tiers\n{}", back.whole()));
        }
        Ok(())
    }
}

fn numbers(tiers: usize) -> Vec<u64> {
    (1..=tiers as u64).collect()
}

fn standing(report: &Value) -> Option<Vec<u64>> {
    report["effect"]["applied"].as_array().map(|tiers| tiers.iter().filter_map(Value::as_u64).collect())
}

/// Whether a report is true of a database with this number of applied tiers.
fn check_report(way: Way, output: &Output, tiers: usize) -> Result<Told, String> {
    let Some(code) = output.code() else { return Ok(Told::default()) };
    let report: Value = serde_json::from_str(&output.stdout).map_err(|error| format!("no report: {error}"))?;
    let (start, end) = way.ends();
    let check = |met: bool, what: &str| if met { Ok(()) } else { Err(format!("untrue report: {what}")) };
    check(report["exit_code"].as_i64() == Some(i64::from(code)), "its exit code is not the process's")?;
    let done = if way == Way::Rollback { "rolled_back" } else { "committed" };
    let count = |wanted: &str| {
        report["tiers"].as_array().map_or(0, |tiers| tiers.iter().filter(|tier| tier["outcome"] == wanted).count())
    };
    let (said, open) = (count(done), count("unresolved"));
    let moved = start.abs_diff(tiers);
    let kind = report["effect"]["kind"].as_str().unwrap_or_default();
    if code == 9 {
        check(
            report["verdict"] == "UNKNOWN" && kind == "unknown" && open == 1,
            "the outcome is unknown, but the report does not say so",
        )?;
        check(moved == said || moved == said + 1, "tiers")?;
        check(output.stdout.contains("pg_xact_status"), "the report does not say how to find the outcome")?;
        return Ok(Told { unknown: true, tiers });
    }
    check(open == 0, "a tier is unresolved")?;
    check(said == moved, "committed tiers")?;
    check(kind == if moved == 0 { "nothing_changed" } else { "applied" }, "effect")?;
    if let Some(standing) = standing(&report) {
        check(standing == numbers(tiers), "applied")?;
    }
    match code {
        0 => check(tiers == end && report["verdict"] == "DONE", "done"),
        2..=8 | 10 => check(report["verdict"] != "DONE", "verdict"),
        12 => check(tiers == end, "applied"),
        other => Err(format!("exit code {other} is not possible here")),
    }?;
    Ok(Told { unknown: false, tiers })
}

fn without_marks(line: &str, known: &HashSet<String>) -> String {
    let mut out = String::new();
    let mut rest = line;
    for mark in marks(line) {
        let at = rest.find(mark).unwrap_or_default();
        out.push_str(&rest[..at]);
        out.push_str(if known.contains(mark) { mark } else { "(new)" });
        rest = &rest[at + mark.len()..];
    }
    out + rest
}

/// The words in a line that look like ids and times.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    static SHAPE: std::sync::OnceLock<regex::Regex> = std::sync::OnceLock::new();
    let shape = SHAPE.get_or_init(|| {
        let id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
        let time = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)?";
        regex::Regex::new(&format!("{id}|{time}")).unwrap()
    });
    shape.find_iter(text).map(|found| found.as_str())
}
