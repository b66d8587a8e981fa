//! The same packet with other tools, through the same proxy and with the same faults. The comparison shows what each tool reports and what
//! the database holds.
//!
//! `ONEROOF_FAULTS=peers` runs it. It is a comparison and not a test, and no other run includes it.

use crate::ground::{APR, Ground, Way};
use crate::proxy::{Act, Passed, Proxy, Side};
use crate::runs::{REACH, dsn};
use crate::support::{DATABASE, OWNER, exported, exported_text};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const TIERS: [&str; 6] = [
    "10_structure",
    "20_responsibility_axis",
    "30_ownership_seed",
    "40_containment",
    "50_topic_finalization",
    "60_scanner_baseline",
];
/// The number of client messages that are tried in addition to the COMMITs, evenly spread over the run.
const OTHERS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Oneroof,
    Psql,
    Sqitch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Cut,
    Kill,
}

/// The counts for one tool.
#[derive(Debug, Default)]
struct Figures {
    cases: usize,
    half: usize,
    reported: usize,
    untrue: usize,
    said_unknown: usize,
    books: usize,
    books_differ: usize,
    examples: BTreeMap<&'static str, String>,
}

/// What the tool reported at the end of one run.
struct Told {
    /// The tiers that it reports as applied. `None` if it was killed.
    tiers: Option<usize>,
    unknown: bool,
    words: String,
}

pub(crate) fn compare(only: Option<&str>) {
    let program = |name: &str| {
        let output = Command::new(name).arg("--version").output();
        let output = output.unwrap_or_else(|_| panic!("{name} is needed: apt-get install sqitch libdbd-pg-perl"));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let versions = [program("sqitch"), program("psql")];
    println!("{}; {}\n", versions[0], versions[1]);
    println!(
        "{:<10} {:>6} {:>6} {:>9} {:>7} {:>8} {:>6} {:>7}",
        "tool", "cases", "half", "reported", "untrue", "unknown", "books", "differ"
    );
    for (name, tool) in [("oneroof", Tool::Oneroof), ("psql -f", Tool::Psql), ("sqitch", Tool::Sqitch)] {
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let figures = measure(tool);
        println!(
            "{name:<10} {:>6} {:>6} {:>9} {:>7} {:>8} {:>6} {:>7}",
            figures.cases,
            figures.half,
            figures.reported,
            figures.untrue,
            figures.said_unknown,
            figures.books,
            figures.books_differ
        );
        for (what, example) in &figures.examples {
            println!("\n  {what}: {example}\n");
        }
    }
}

fn measure(tool: Tool) -> Figures {
    let mut ground = Ground::new();
    ground.keep();
    let folder = ground.folder();
    if tool == Tool::Sqitch {
        project(&folder);
    }
    let mut figures = Figures::default();
    // The first run has no fault.
    let proxy = Proxy::counting_all(ground.port());
    let child = start(tool, &ground, &folder, proxy.port);
    let shown = listen(tool, child, false);
    let passed = proxy.passed();
    assert_eq!(shown.tiers, Some(6), "{}", shown.words);
    drop(proxy);
    assert_eq!((books(tool, &ground), settled(&mut ground)), (Some(6).filter(|_| tool != Tool::Psql), Some(6)));
    for (side, number) in places(&passed) {
        // The tool is killed after the server has answered and before the tool has received the answer.
        let faults = if side == Side::Server { &[Fault::Cut, Fault::Kill][..] } else { &[Fault::Cut] };
        for &fault in faults {
            ground.reset(0);
            let act = if fault == Fault::Cut { Act::Reset } else { Act::Hold };
            let proxy = Proxy::acting_on_all(ground.port(), side, number, act);
            let child = start(tool, &ground, &folder, proxy.port);
            ground.touched();
            if fault == Fault::Kill && proxy.wait_until_reached(REACH) {
                let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
                proxy.cut();
            }
            let shown = listen(tool, child, fault == Fault::Kill);
            drop(proxy);
            count(&mut figures, tool, &mut ground, &shown);
        }
    }
    figures
}

/// Each COMMIT, the first answer to it, and some of the client's other messages.
fn places(passed: &[Passed]) -> Vec<(Side, usize)> {
    let is_commit = |message: &Passed| {
        message.side == Side::Client && message.tag == b'Q' && message.text.to_ascii_lowercase().starts_with("commit")
    };
    let mut places = Vec::new();
    let clients: Vec<&Passed> = passed.iter().filter(|message| message.side == Side::Client).collect();
    for index in 0..OTHERS {
        places.push((Side::Client, clients[index * clients.len() / OTHERS].number));
    }
    for (index, message) in passed.iter().enumerate().filter(|(_, message)| is_commit(message)) {
        places.push((Side::Client, message.number));
        places.extend(
            passed[index..].iter().find(|later| later.side == Side::Server).map(|reply| (Side::Server, reply.number)),
        );
    }
    places.sort_by_key(|(side, number)| (*side == Side::Server, *number));
    places.dedup();
    places
}

fn start(tool: Tool, ground: &Ground, folder: &Path, port: u16) -> Child {
    let psql = oneroof::testing::programs::Search::from_environment(None)
        .client(oneroof::testing::programs::Client::Psql, None)
        .unwrap();
    let mut command = match tool {
        Tool::Oneroof => {
            let mut command = Command::new(crate::support::binary());
            command
                .args(Way::Apply.arguments())
                .args(["--dsn", &dsn(port), "--commit-timeout", "5", "--log-dir"])
                .arg(folder);
            command
        }
        Tool::Psql => {
            let mut command = Command::new(psql);
            command.arg("-X").arg(dsn(port)).arg("-v").arg(format!("ratified_apr={APR}"));
            command.arg("-f").arg(exported("sql/prod/99_run_all.sql"));
            command
        }
        Tool::Sqitch => {
            let mut command = Command::new("sqitch");
            command.args(["--client".as_ref(), psql.as_os_str()]).arg("deploy");
            command.arg(format!("db:pg://{OWNER}@127.0.0.1:{port}/{DATABASE}?sslmode=disable"));
            command
        }
    };
    let home = ground.lab.sandbox.home();
    command.current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).env("LC_ALL", "C.UTF-8");
    // Sqitch starts psql. Killing the process group ends both, as if the machine had failed.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn().unwrap()
}

fn listen(tool: Tool, child: Child, killed: bool) -> Told {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // The messages of the packet's checks do not count as errors.
    let errors = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> =
        errors.lines().filter(|line| !line.contains(": INFO:  ") && !line.starts_with("DETAIL:  {")).collect();
    let words = format!("{}\n{text}{}", output.status, errors.join("\n"));
    if killed && output.status.code().is_none() {
        return Told { tiers: None, unknown: false, words };
    }
    let tiers = match tool {
        Tool::Oneroof => count_of(&text, "committed"),
        Tool::Psql => {
            let from = text.find("tier 1").unwrap_or(text.len());
            let until = text.find("\nverify").unwrap_or(text.len());
            text[from..until.max(from)].lines().filter(|line| *line == "COMMIT").count()
        }
        Tool::Sqitch => changes(&text),
    };
    Told { tiers: Some(tiers), unknown: tool == Tool::Oneroof && output.status.code() == Some(9), words }
}

/// The number of changes that Sqitch reports as deployed, minus those that it reports as reverted. The output of a script may come before
/// `ok` on the same line.
fn changes(text: &str) -> usize {
    let (mut deployed, mut reverts) = (0_usize, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("+ ") || line.starts_with("- ") {
            reverts = line.starts_with('-');
        }
        if line == "ok" || line.ends_with(" ok") && !line.ends_with("not ok") {
            deployed = if reverts { deployed.saturating_sub(1) } else { deployed + 1 };
        }
    }
    deployed
}

fn count_of(report: &str, outcome: &str) -> usize {
    let report: serde_json::Value = serde_json::from_str(report).unwrap_or_default();
    report["tiers"].as_array().map_or(0, |tiers| tiers.iter().filter(|tier| tier["outcome"] == outcome).count())
}

/// The number of applied tiers in the tool's own records: Sqitch's registry, or oneroof's `status`. psql has no records.
fn books(tool: Tool, ground: &Ground) -> Option<usize> {
    match tool {
        Tool::Psql => None,
        Tool::Oneroof => {
            let output = ground.lab.oneroof(["status", "--format", "json"]).output();
            output.json()["effect"]["applied"].as_array().map(Vec::len)
        }
        Tool::Sqitch => {
            let there = ground.lab.admin("SELECT to_regclass('sqitch.changes') IS NOT NULL") == "t";
            Some(if there { ground.lab.count("sqitch.changes") } else { 0 }).map(|rows| usize::try_from(rows).unwrap())
        }
    }
}

/// The number of tiers that psql sees after all sessions have ended. `None` if the database is not at a tier boundary.
fn settled(ground: &mut Ground) -> Option<usize> {
    let others = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{OWNER}'");
    for _ in 0..500 {
        if ground.lab.admin(&others) == "0" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // Sqitch's registry is not part of the comparison.
    ground.lab.admin("SET client_min_messages = error; DROP SCHEMA IF EXISTS sqitch CASCADE");
    ground.tiers().ok()
}

fn count(figures: &mut Figures, tool: Tool, ground: &mut Ground, shown: &Told) {
    let others = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{OWNER}'");
    while ground.lab.admin(&others) != "0" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let books = books(tool, ground);
    let stands = settled(ground);
    figures.cases += 1;
    let Some(stands) = stands else {
        figures.half += 1;
        figures.examples.entry("at no boundary").or_insert_with(|| shown.words.clone());
        return;
    };
    if let Some(books) = books {
        figures.books += 1;
        if books != stands {
            figures.books_differ += 1;
            let example = || format!("{books} in the books, {stands} stand\n{}", shown.words);
            figures.examples.entry("books differ").or_insert_with(example);
        }
    }
    let Some(tiers) = shown.tiers else { return };
    figures.reported += 1;
    if shown.unknown {
        figures.said_unknown += 1;
    } else if tiers != stands {
        figures.untrue += 1;
        let example = || format!("{tiers} shown, {stands} stand\n{}", shown.words);
        figures.examples.entry("untrue").or_insert_with(example);
    }
}

/// The packet as a Sqitch project. Each tier is one change with its own transaction, and its rollback is the revert script.
fn project(folder: &Path) {
    let write = |path: PathBuf, text: String| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let mut plan = "%syntax-version=1.0.0\n%project=packet\n\n".to_owned();
    for name in TIERS {
        plan += &format!("{name} 2026-01-01T00:00:00Z release <release@example.invalid> # one tier\n");
        let settings = format!("SET LOCAL oneroof.ratified_apr = '{APR}';");
        let (deploy, revert) =
            (exported_text(&format!("sql/prod/{name}.sql")), exported_text(&format!("sql/prod_rollback/{name}.sql")));
        let whole = |text: &str| format!("BEGIN;\n{settings}\n{text}\n;SET CONSTRAINTS ALL IMMEDIATE;\nCOMMIT;\n");
        write(folder.join(format!("deploy/{name}.sql")), whole(&deploy));
        write(folder.join(format!("revert/{name}.sql")), whole(&revert));
    }
    write(folder.join("sqitch.plan"), plan);
    let user = "[user]\n\tname = release\n\temail = release@example.invalid\n";
    write(folder.join("sqitch.conf"), format!("[core]\n\tengine = pg\n{user}"));
}
