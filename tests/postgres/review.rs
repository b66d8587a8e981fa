//! The tables that a packet lists under `review` are drawn in its report and on the terminal, for the packet of any team. Nothing about
//! them is in the program: their names, rows and values are the packet's.

use crate::support::{Sandbox, copy_folder, repository};
use serde_json::{Value, json};

const PAGE: &str = r#"
format = 1
name = "duties"
title = "Duties of the wards"
database = "hospital"
role = "releaser"

[approval]
table = "public.approvals"
columns = { code = "code", who = "signed_by", level = "part", signature = "signature", at = "signed_at" }
code = "^W-[0-9]{1,6}$"
example = "W-1"
levels = { head = 2 }
distinct = true
ask = "Two heads sign."

[[tier]]
name = "duties"
why = "Every ward has somebody for every duty."
review = ["public.duty", "public.place", "public.kind", "public.note"]
"#;

const REQUIRES: &str = "CREATE ROLE releaser LOGIN;
CREATE TABLE public.approvals (code text NOT NULL, part text NOT NULL, signed_by text NOT NULL, signature text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT now());
GRANT USAGE, CREATE ON SCHEMA public TO releaser;
GRANT SELECT ON public.approvals TO releaser;
";

const UP: &str = "CREATE TABLE duty (ward text, task text, who text NOT NULL, PRIMARY KEY (ward, task));
INSERT INTO duty VALUES ('east', 'night', 'N1-NURSE'), ('east', 'open', 'N2-HEAD'),
    ('west', 'night', 'N1-NURSE'), ('west', 'open', 'N2-HEAD');
CREATE TABLE place (room text PRIMARY KEY, within text REFERENCES place (room));
INSERT INTO place VALUES ('house', NULL), ('floor', 'house'), ('room <1>', 'floor'), ('room 2', 'floor');
CREATE TABLE kind (room text PRIMARY KEY, kind text NOT NULL);
INSERT INTO kind VALUES ('room <1>', 'bed'), ('room 2', 'bed'), ('floor', 'other');
CREATE TABLE note (id integer PRIMARY KEY, text text NOT NULL);
INSERT INTO note VALUES (1, 'one'), (2, 'two');
";

const DOWN: &str = "DROP TABLE note;\nDROP TABLE kind;\nDROP TABLE place;\nDROP TABLE duty;\n";

/// Builds the packet with this SQL.
fn built(sandbox: &Sandbox, name: &str, up: &str) -> String {
    let folder = sandbox.work().join(name);
    std::fs::create_dir_all(folder.join("10-duties")).unwrap();
    let files =
        [("packet.toml", PAGE), ("requires.sql", REQUIRES), ("10-duties/up.sql", up), ("10-duties/down.sql", DOWN)];
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let file = format!("{name}.packet");
    let _ = sandbox.oneroof(["packet", "build", name, "-o", &file]).output().expect_success();
    file
}

/// The report about this packet, without any evidence.
fn report(sandbox: &Sandbox, packet: &str, kind: &str) -> String {
    let out = sandbox.work().join(format!("{packet}.{kind}"));
    let run = sandbox.oneroof(["report", "--log-dir", ".", "--packet", packet, "--as", kind, "--out"]).argument(&out);
    let _ = run.output().expect_success().expect_stdout(&format!("next: oneroof preflight --packet {packet}"));
    std::fs::read_to_string(out).unwrap()
}

#[test]
fn what_another_team_reviews_is_drawn_and_one_owner_is_one_place() {
    let sandbox = Sandbox::new();
    let packet = built(&sandbox, "duties", UP);
    let facts: Value = serde_json::from_str(&report(&sandbox, &packet, "json")).unwrap();
    let draws: Vec<&Value> = facts["reviews"].as_array().unwrap().iter().map(|review| &review["draw"]).collect();
    assert_eq!(draws, [&json!("matrix"), &json!("tree"), &json!("list"), &Value::Null]);
    assert_eq!(facts["reviews"][0]["columns"], json!(["ward", "night", "open"]));
    assert_eq!(facts["reviews"][0]["rows"], json!([["east", "N1-NURSE", "N2-HEAD"], ["west", "N1-NURSE", "N2-HEAD"]]));
    let page = report(&sandbox, &packet, "html");
    for said in [
        "<h2 id=\"s3\">What the tier duties puts into public.duty</h2>",
        "<desc id=\"d1r1\">east: night N1-NURSE, open N2-HEAD.</desc>",
        "<title>east, open: N2-HEAD</title>",
        "floor, 2 below it: room 2, room &lt;1&gt;.",
        "bed, 2 below it: room 2, room &lt;1&gt;.",
        "<td role=\"cell\" data-of=\"text\">two</td>",
    ] {
        assert!(page.contains(said), "{said}:\n{page}");
    }
    assert_eq!(page.matches("<svg class=\"draw\" role=\"img\"").count(), 3, "{page}");
    let text = report(&sandbox, &packet, "md");
    assert!(
        text.contains("| east | N1-NURSE | N2-HEAD |") && text.contains("  - floor: room 2, room &lt;1&gt;"),
        "{text}"
    );
    let plan = sandbox.oneroof(["plan", "--packet", &packet]).output().expect_success();
    assert!(plan.stdout.contains("N1 is N1-NURSE, N2 is N2-HEAD"), "{}", plan.whole());

    // Another owner is another line of the page and of the Markdown, and nothing else but the digests.
    let up = UP.replace("'west', 'night', 'N1-NURSE'", "'west', 'night', 'N2-HEAD'");
    let changed = built(&sandbox, "changed", &up);
    for (kind, before) in [("html", page), ("md", text)] {
        let after = report(&sandbox, &changed, kind);
        assert_eq!(before.lines().count(), after.lines().count());
        let lines = before.lines().zip(after.lines());
        let apart: Vec<_> = lines.filter(|(before, after)| before != after && !names_bytes(before)).collect();
        assert_eq!(apart.len(), 1, "{apart:#?}");
        assert!(apart[0].0.contains("west") && apart[0].1.matches("N2-HEAD").count() >= 2, "{apart:#?}");
    }
}

/// Whether the line holds a digest or the name of the packet's file.
fn names_bytes(line: &str) -> bool {
    let digit = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
    line.contains(".packet") || line.split(|letter| !digit(letter)).any(|word| word.len() == 64)
}

/// The commands of the report are for this packet, and those that compute the digest print the digest of the report.
#[test]
fn the_commands_of_a_report_name_its_packet_and_print_its_digest() {
    let sandbox = Sandbox::new();
    copy_folder(&repository("examples/shop"), &sandbox.work().join("shop"));
    let _ = sandbox.oneroof(["packet", "build", "shop", "-o", "my shop.packet"]).output().expect_success();
    let out = sandbox.work().join("facts.json");
    let run = sandbox.oneroof(["report", "--packet", "my shop.packet", "--as", "json", "--out"]).argument(&out);
    let _ = run.output().expect_success();
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(facts["way_back"]["command"], "oneroof rollback --full --packet 'my shop.packet'");
    assert_eq!(facts["next"], "oneroof preflight --packet 'my shop.packet'");
    assert_eq!(facts["verify"], "oneroof verify --packet 'my shop.packet'");
    let rule = facts["approval"]["rule"].to_string();
    assert!(rule.contains("Only an approval that names the release digest counts."), "{rule}");
    assert!(rule.contains("Nobody may sign at two levels.") && rule.contains("fewer stop the release"), "{rule}");
    assert_eq!((&facts["effect"]["objects"], &facts["effect"]["alters"]), (&json!(3), &json!(["public.orders"])));
    let _ = sandbox.oneroof(["report", "--packet", "my shop.packet"]).output().expect_success();
    let text = std::fs::read_to_string(sandbox.work().join("go-no-go.md")).unwrap();
    let effect =
        "\n3 new objects, 3 new rows in 1 table. No existing row changes. The shape of public.orders changes.\n";
    assert!(text.contains(effect), "{text}");
    checked(&sandbox, &facts, &["--packet", "my shop.packet"]);

    // The same for the release in the binary.
    let out = sandbox.work().join("own.json");
    let _ = sandbox.oneroof(["report", "--as", "json", "--out"]).argument(&out).output().expect_success();
    std::fs::remove_dir_all(sandbox.work().join("packet")).unwrap();
    let own: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(own["way_back"]["command"], "oneroof rollback --full");
    checked(&sandbox, &own, &[]);
}

/// Runs the two commands that compute the digest, as the report prints them.
#[track_caller]
fn checked(sandbox: &Sandbox, facts: &Value, packet: &[&str]) {
    let [export, check] = [0, 1].map(|at| facts["release"]["check_with"][at].as_str().unwrap().to_owned());
    assert!(export.starts_with("oneroof sql export packet"), "{export}");
    let _ = sandbox.oneroof(["sql", "export", "packet"]).arguments(packet).output().expect_success();
    let mut shell = std::process::Command::new("sh");
    let printed = shell.args(["-c", &check]).current_dir(sandbox.work()).output().unwrap();
    let digest = facts["release"]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    assert!(
        printed.status.success() && String::from_utf8_lossy(&printed.stdout).starts_with(digest),
        "{check}: {printed:?}"
    );
}
