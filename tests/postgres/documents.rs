//! Every command block of README.md and docs/ runs here as it is printed, against the test's own server. A block that a test cannot run is
//! on the list below with the reason. The program must at least parse the commands of such a block.

mod blocks;
mod ground;

use self::blocks::{Block, blocks, command_lines, spans};
use self::ground::{Ground, script};
use crate::support::{Sandbox, repository_text};
use std::collections::BTreeSet;

/// A block that the tests run.
struct Runs {
    file: &'static str,
    /// The beginning of a line that only this block of the file has.
    line: &'static str,
    ground: Ground,
    /// A script that runs before the block, in the same folder.
    before: &'static str,
    /// Printed placeholders and the values that a person puts in their place.
    with: &'static [(&'static str, &'static str)],
    /// The exit codes that are not 0: the number of the program's run in the block, and the code.
    codes: &'static [(usize, i32)],
}

/// The block runs as it is printed, and every command ends with exit code 0.
const PLAIN: Runs = Runs { file: "", line: "", ground: Ground::None, before: "", with: &[], codes: &[] };

const RUNS: [Runs; 13] = [
    Runs { file: "README.md", line: "oneroof demo    # the whole story", ground: Ground::None, ..PLAIN },
    Runs { file: "README.md", line: "oneroof rollback --tier 6   ", ground: Ground::Signed, ..PLAIN },
    Runs {
        file: "README.md",
        line: "oneroof packet new notes ",
        ground: Ground::Notes,
        // Nobody has approved this digest.
        codes: &[(3, 3)],
        ..PLAIN
    },
    Runs {
        file: "README.md",
        line: "oneroof sql export --single | ssh host",
        ground: Ground::Signed,
        before: "ssh() { shift; \"$@\"; }",
        with: &[("APR-...", "APR-BOOT-AUTHMODEL-1")],
        ..PLAIN
    },
    Runs { file: "docs/packet.md", line: "oneroof packet new notes", ground: Ground::None, ..PLAIN },
    Runs {
        file: "docs/packet.md",
        line: "oneroof preflight --packet notes-1.packet",
        ground: Ground::Notes,
        before: "command oneroof packet new notes && command oneroof packet build notes
            psql -X -q -U \"$ADMINISTRATOR\" -c \"INSERT INTO public.approvals VALUES ('REL-1', 'Ada',
                'release:sha256:$(sha256sum notes-1.packet | cut -d' ' -f1)', now())\"",
        ..PLAIN
    },
    Runs {
        file: "docs/packet.md",
        line: "oneroof packet new sales --from release.sql",
        ground: Ground::None,
        before: r#"mkdir -p deploy revert db/migration
            echo 'CREATE TABLE public.sale (id integer);' > release.sql
            echo 'CREATE TABLE public.item (id integer);' > db/migration/V1__item.sql
            for change in users posts; do
                echo "CREATE TABLE public.$change (id integer);" > deploy/$change.sql
                echo "DROP TABLE public.$change;" > revert/$change.sql
            done
            printf '%s\n' '%syntax-version=1.0.0' '%project=flipr' '' \
                'users 2026-01-01T00:00:00Z Ada <ada@example.org> # users' \
                '@v1.0 2026-01-02T00:00:00Z Ada <ada@example.org> # the first' '' \
                'posts 2026-01-03T00:00:00Z Ada <ada@example.org> # posts' > sqitch.plan"#,
        ..PLAIN
    },
    Runs { file: "docs/record.md", line: "oneroof report --record record", ground: Ground::Applied, ..PLAIN },
    Runs { file: "docs/record.md", line: "oneroof report --as folder", ground: Ground::Applied, ..PLAIN },
    Runs {
        file: "docs/record.md",
        line: "cd record",
        ground: Ground::Applied,
        before: "command oneroof report --record record",
        ..PLAIN
    },
    Runs { file: "docs/runbook.md", line: "oneroof rollback --to 3 ", ground: Ground::Applied, ..PLAIN },
    Runs {
        file: "docs/runbook.md",
        line: "sha256sum -c manifest-sha256.txt",
        ground: Ground::Signed,
        with: &[
            ("ratified_apr=CODE", "ratified_apr=APR-BOOT-AUTHMODEL-1"),
            ("sha256:...", "sha256:$(sha256sum one-roof-phase-1.packet | cut -d' ' -f1)"),
        ],
        ..PLAIN
    },
    Runs {
        file: "docs/security.md",
        line: "oneroof sql show grants/least_privilege.sql",
        ground: Ground::Signed,
        before: "psql -X -q -U \"$ADMINISTRATOR\" -c 'CREATE ROLE oneroof_release LOGIN'",
        ..PLAIN
    },
];

/// Blocks that a test cannot run: a file, a line of the block, and why.
const NOT_RUN: [(&str, &str, &str); 16] = [
    ("docs/security.md", "install -D -o root ", "writes the policy of the host, as root"),
    (
        "README.md",
        "sha256sum --check --ignore-missing SHA256SUMS",
        "needs a release; .ci/check-package installs both packages",
    ),
    ("README.md", "cargo install --locked --path .", "builds the program for minutes"),
    ("README.md", ".ci/demo ", "builds the program for minutes; the demo itself is run above"),
    (
        "README.md",
        "oneroof preflight --via 'ssh db",
        "needs a host with ssh, and docker; tests/target/via.rs runs --via",
    ),
    ("docs/runbook.md", "mkdir -m 700 /run/user/$UID/db", "needs a host with ssh; tests/target/via.rs runs both ways"),
    (
        "docs/security.md",
        "minisign -Vm SHA256SUMS -P PUBLICKEY",
        "needs a signed release; .ci/check-package verifies one",
    ),
    (
        "docs/security.md",
        "minisign -Sm SHA256SUMS ",
        "needs the release's key; .ci/check-package signs with one of its own",
    ),
    ("docs/security.md", "cargo cyclonedx ", "needs cargo-cyclonedx; the release job of .github/workflows runs it"),
    ("docs/record.md", "openssl ts -verify", "needs a time-stamp authority on the network"),
    ("docs/versions.md", ".ci/matrix ", "fetches six servers"),
    ("docs/mutants.md", "cargo mutants --list", "builds the program hundreds of times"),
    ("docs/properties.md", "PROPTEST_CASES=1000000 ", "a million cases take an hour"),
    ("docs/properties.md", "ONEROOF_GENERATED=50 ", "builds fifty releases"),
    ("docs/properties.md", "cd fuzz && cargo run ", "builds the fuzz targets"),
    (
        "docs/workflow.md",
        "sha256sum oneroof",
        "needs the released binary; what the workflow runs is run by the test of its lines",
    ),
];

#[test]
fn every_command_block_is_run_or_on_the_list_and_every_row_has_its_block() {
    let all = blocks();
    let mut seen = BTreeSet::new();
    let known = RUNS.iter().map(|row| (row.file, row.line)).chain(NOT_RUN.iter().map(|row| (row.0, row.1)));
    for (file, line) in known {
        let found: Vec<usize> = (0..all.len()).filter(|at| all[*at].file == file && all[*at].has(line)).collect();
        assert_eq!(found.len(), 1, "{file}: {} blocks have a line that begins with {line:?}", found.len());
        assert!(seen.insert(found[0]), "{file}: two rows are about the block with {line:?}");
    }
    let missing: Vec<&Block> = (0..all.len()).filter(|at| !seen.contains(at)).map(|at| &all[at]).collect();
    assert!(missing.is_empty(), "blocks that are neither run nor on the list: {missing:#?}");
    assert!(NOT_RUN.iter().all(|(_, _, why)| !why.is_empty()));
}

fn run(row: &Runs) {
    let block = blocks().into_iter().find(|block| block.file == row.file && block.has(row.line));
    let block = block.unwrap_or_else(|| panic!("{}: no block with {:?}", row.file, row.line));
    let mut text = block.text.clone();
    for (printed, put) in row.with {
        assert!(text.contains(printed), "{}: the block has no {printed:?}", row.file);
        text = text.replace(printed, put);
    }
    let place = row.ground.place();
    let codes = script(&place, row.before, &text);
    let expected: Vec<i32> =
        (0..codes.len()).map(|at| row.codes.iter().find(|(run, _)| *run == at).map_or(0, |(_, code)| *code)).collect();
    assert_eq!(codes, expected, "{}: {}", row.file, block.text);
    assert_eq!(codes.is_empty(), command_lines(&block.text).is_empty(), "{}: {}", row.file, block.text);
}

/// Runs the rows of one file, each on its own server.
fn run_file(file: &str) {
    let rows: Vec<&Runs> = RUNS.iter().filter(|row| row.file == file).collect();
    assert!(!rows.is_empty(), "{file} has no row");
    rows.into_iter().for_each(run);
}

#[test]
fn the_blocks_of_the_readme_run() {
    run_file("README.md");
}

#[test]
fn the_blocks_of_the_guide_to_packets_run() {
    run_file("docs/packet.md");
}

#[test]
fn the_blocks_about_the_record_run() {
    run_file("docs/record.md");
}

#[test]
fn the_blocks_of_the_runbook_run() {
    run_file("docs/runbook.md");
}

#[test]
fn the_blocks_about_security_run() {
    run_file("docs/security.md");
}

/// What is wrong with a command line, if anything. The shell adds `--help`, so the program parses all options and runs nothing.
fn wrong(sandbox: &Sandbox, file: &str, line: &str) -> Option<String> {
    let read = "oneroof() { case $1 in help) command oneroof \"$@\" ;; *) command oneroof \"$@\" --help ;; esac; }";
    let output = ground::bash(sandbox, &[], &format!("{read}\n{}", ground::in_words(line)));
    let is_read = output.status.success() && !output.stdout.is_empty();
    (!is_read).then(|| format!("{file}: {line}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_program_reads_every_command_line_that_is_not_run_and_every_one_in_a_sentence() {
    let sandbox = Sandbox::new();
    let mut lines: BTreeSet<(String, String)> = BTreeSet::new();
    for block in blocks() {
        lines.extend(command_lines(&block.text).into_iter().map(|line| (block.file.clone(), line)));
    }
    for (file, span) in spans() {
        lines.extend(command_lines(&span).into_iter().map(|line| (file.clone(), line)));
    }
    assert!(lines.len() > 60, "only {} command lines were found", lines.len());
    let found: Vec<String> = lines.iter().filter_map(|(file, line)| wrong(&sandbox, file, line)).collect();
    assert!(found.is_empty(), "the program does not accept:\n{}", found.join("\n"));
    assert!(wrong(&sandbox, "", "oneroof rollback --tear 6").is_some(), "the program accepts a wrong line");
}

/// The scripts of a workflow's steps, in order.
fn steps(workflow: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in workflow.lines() {
        let indent = line.len() - line.trim_start().len();
        inside &= line.is_empty() || indent >= 10;
        match line.trim_start().strip_prefix("run: ") {
            Some("|") => {
                found.push(String::new());
                inside = true;
            }
            Some(one) => found.push(format!("{one}\n")),
            None if inside => *found.last_mut().unwrap() += &format!("{}\n", line.trim_start()),
            None => {}
        }
    }
    found
}

#[test]
fn the_workflow_for_the_binary_alone_runs() {
    let workflow = repository_text("examples/workflow/oneroof.yml");
    let steps = steps(&workflow);
    assert_eq!(steps.len(), workflow.matches("run: ").count());
    assert_eq!(steps.len(), 6, "{steps:#?}");
    let place = Ground::Empty.place();
    // The environment that a CI runner provides: its folders and files, the digest that the team pinned, and a `curl` that copies the
    // binary.
    let before = "export RUNNER_TEMP=$PWD/runner GITHUB_PATH=$PWD/path.txt GITHUB_STEP_SUMMARY=$PWD/summary.md ONEROOF_URL=https://example.org
        export ONEROOF_SHA256=$(sha256sum \"$(command -v oneroof.real)\" | cut -d' ' -f1)
        curl() { cp \"$(command -v oneroof.real)\" \"${@: -2:1}\"; }
        mkdir releases && (cd releases && command oneroof packet new notes && command oneroof packet build notes)";
    let codes = script(&place, before, &steps.concat());
    assert_eq!(codes, [0, 0, 0, 0]);
    let file = |name: &str| std::fs::read_to_string(place.sandbox().work().join(name)).unwrap();
    assert!(file("summary.md").contains("REL-1"), "{}", file("summary.md"));
    assert_eq!(file("summary.md"), file("report.md"));
    assert!(file("path.txt").ends_with("/runner/bin\n"));
    // A binary with another digest ends the job before the binary runs.
    let other = Sandbox::new();
    let swapped = format!("set -euo pipefail\ncurl() {{ echo other > \"${{@: -2:1}}\"; }}\n{before}\n{}", steps[0])
        .replace("curl() { cp", "unused() { cp");
    let output = ground::bash(&other, &[], &swapped);
    assert!(!output.status.success() && !other.work().join("path.txt").exists(), "{output:?}");
}

/// The readme lists the same exit codes as the program.
#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_program() {
    let readme = repository_text("README.md");
    let shown = Sandbox::new().oneroof(["help", "exit-codes"]).output().expect_success().stdout;
    let codes: Vec<&str> =
        shown.lines().filter_map(|line| line.trim().split_once("  ")).map(|(code, _)| code).collect();
    assert_eq!(codes.len(), 14, "{shown}");
    for code in codes {
        assert!(readme.contains(&format!("\n| {code} | ")), "README.md has no exit code {code}");
    }
}
