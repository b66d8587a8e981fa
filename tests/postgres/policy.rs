//! The host's policy with two packets: one has a looser approval rule than the policy, the other a stricter one. The approval rows in the
//! database decide which run stops. psql checks that a stopped release changed nothing.

use crate::packet::APR;
use crate::shop::{DATABASE, ROLE, Shop};
use crate::support::{Lab, Output, Sandbox, copy_folder, evidence, key, plain, readers, repository, repository_text};
use oneroof::testing::lab::ADMINISTRATOR;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const CODE: &str = "REL-7";

/// A sealed packet and its release digest.
struct Packet(PathBuf, String);

/// The shop's release twice: with an approval rule that accepts nearly everything, and with the strict rule of `examples/`.
fn packets() -> &'static [Packet; 2] {
    static PACKETS: OnceLock<(Sandbox, [Packet; 2])> = OnceLock::new();
    let (_, packets) = PACKETS.get_or_init(|| {
        let sandbox = Sandbox::new();
        let built = ["loose", "strict"].map(|name| {
            let folder = sandbox.work().join(name);
            copy_folder(&repository("examples/shop"), &folder);
            if name == "loose" {
                let page = repository_text("examples/shop/packet.toml");
                let page = page.replace("bound = true", "bound = false").replace("distinct = true", "distinct = false");
                std::fs::write(folder.join("packet.toml"), page.replace("\"stop\"", "\"warn\"")).unwrap();
            }
            let file = sandbox.work().join(format!("{name}.packet"));
            let _ = sandbox.oneroof(["packet", "build", name, "-o"]).argument(&file).output().expect_success();
            let shown = sandbox.oneroof(["manifest", "--format", "json", "--packet"]).argument(&file).output();
            Packet(file, shown.json()["release"]["digest"].as_str().unwrap().to_owned())
        });
        (sandbox, built)
    });
    packets
}

fn loose() -> &'static Packet {
    &packets()[0]
}

/// A policy file that only its owner may write.
fn policy(sandbox: &Sandbox, text: &str) -> PathBuf {
    let path = sandbox.root().join("policy.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    path
}

/// What the tests do with a release under a policy.
trait Guarded {
    /// Replaces all approvals by these rows: level, person, signature.
    fn sign(&self, rows: &[(&str, &str, &str)]);
    fn command_under(&self, packet: &Packet, policy: Option<&Path>, arguments: &[&str]) -> crate::support::Run;
    fn run(&self, policy: Option<&Path>, arguments: &[&str]) -> Output;
}

impl Guarded for Shop {
    fn sign(&self, rows: &[(&str, &str, &str)]) {
        self.sql("DELETE FROM public.approvals");
        for (level, who, signature) in rows {
            self.sql(&format!(
                "INSERT INTO public.approvals (code, part, signed_by, signature) VALUES ('{CODE}', '{level}', '{who}', '{signature}')"
            ));
        }
    }

    fn command_under(&self, packet: &Packet, policy: Option<&Path>, arguments: &[&str]) -> crate::support::Run {
        let run = self.command(&packet.0, arguments);
        match policy {
            Some(path) => run.variable("ONEROOF_POLICY", path),
            None => run,
        }
    }

    fn run(&self, policy: Option<&Path>, arguments: &[&str]) -> Output {
        self.command_under(loose(), policy, arguments).output()
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

/// The words of the output, without line breaks and repeated spaces.
fn flat(output: &Output) -> String {
    output.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_unbound_packet_under_a_policy_that_binds_waits_for_an_approval_that_names_its_digest() {
    let shop = Shop::new();
    shop.sign(&[("owner", "Ada", "ink"), ("accounts", "Grace", "ink")]);
    let before = shop.dump();
    let preflight = ["preflight", "--approval", CODE];
    let free = shop.run(None, &preflight).expect_success();
    for words in
        ["(not bound to the release digest, no host policy)", "policy no host policy", "next: oneroof apply --approval"]
    {
        assert!(flat(&free).contains(words), "{words}: {}", free.whole());
    }
    let path = policy(&shop.0.sandbox, "bound = true\n");
    let path = Some(path.as_path());
    let gate = shop.run(path, &["gate"]).expect_success();
    for words in ["the gate is closed", "REL-7: policy.bound", "policy.toml", "bound to the release digest"] {
        assert!(flat(&gate).contains(words), "{words}: {}", gate.whole());
    }
    for command in [
        &preflight[..],
        &["preflight"],
        &["apply", "--approval", CODE, "--yes"],
        &["apply", "--approval", CODE, "--dry-run"],
    ] {
        let stopped = shop.run(path, command).expect_code(3);
        assert!(flat(&stopped).contains("policy.bound"), "{}", stopped.whole());
        assert!(flat(&stopped).contains("next: oneroof gate"), "{}", stopped.whole());
        assert!(!flat(&stopped).contains("no host policy"), "{}", stopped.whole());
    }
    // A digest with one more hex digit, and the digest of another packet, both name another release.
    for digest in [format!("{}0", loose().1), packets()[1].1.clone()] {
        let text = format!("release:{digest}");
        shop.sign(&[("owner", "Ada", &text), ("accounts", "Grace", &text)]);
        let stopped = shop.run(path, &["apply", "--approval", CODE, "--yes"]);
        assert!(matches!(stopped.code(), Some(3 | 4)), "{}", stopped.whole());
        assert_eq!(shop.sql("SELECT to_regclass('public.returned') IS NULL"), "t");
    }
    shop.sign(&[("owner", "Ada", "ink"), ("accounts", "Grace", "ink")]);
    assert_eq!(shop.sql("SELECT to_regclass('public.returned') IS NULL"), "t");
    readers::assert_same(&readers::without_rows(&before), &readers::without_rows(&shop.dump()));

    let ours = format!("seen release:{}", loose().1);
    shop.sign(&[("owner", "Ada", &ours), ("accounts", "Grace", "ink")]);
    assert!(flat(&shop.run(path, &["gate"])).contains("the gate is open"));
    let applied = shop.run(path, &["apply", "--approval", CODE, "--yes", "--format", "json"]).expect_success().json();
    assert_eq!(shop.sql("SELECT count(*) FROM public.reason"), "5");
    let rule = &applied["approval_rule"];
    assert_eq!(rule["packet"]["bound"], false);
    assert_eq!(rule["host"][0]["demands"], serde_json::json!({"bound": true}));
    let judged = |phase: &str| {
        let checks = applied["checks"].as_array().unwrap();
        checks
            .iter()
            .filter(|check| check["name"] == "policy.bound" && check["phase"] == phase && check["ok"] == true)
            .count()
    };
    assert_eq!((judged("preflight"), judged("assert")), (1, 2), "at preflight and in each tier: {applied}");
    recorded(&shop, &applied);
    // A rollback needs no approval.
    let _ = shop.run(path, &["rollback", "--full", "--yes"]).expect_success();
    assert_eq!(shop.sql("SELECT to_regclass('public.returned') IS NULL"), "t");
}

/// The evidence contains both rules and passes `evidence check`, and the release report prints both.
fn recorded(shop: &Shop, applied: &serde_json::Value) {
    let files = applied["evidence"].as_array().unwrap();
    let file = files.iter().filter_map(|file| file.as_str()).find(|file| is_json(Path::new(file))).unwrap();
    let record = evidence::read(Path::new(file));
    assert_eq!(record["report"]["approval_rule"], applied["approval_rule"]);
    let _ = shop.run(None, &["evidence", "check", file]).expect_success();
    let report = shop.0.sandbox.oneroof(["report", "--evidence", file, "--packet"]).argument(&loose().0).output();
    let _ = report.expect_success();
    let text = std::fs::read_to_string(shop.0.sandbox.work().join("go-no-go.md")).unwrap();
    let digest = applied["approval_rule"]["host"][0]["sha256"].as_str().unwrap();
    for words in
        ["policy.toml", "bound to the release digest", digest, "in the run", "Signatures by level: accounts: 1 or more"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_stricter_of_packet_and_policy_is_in_force_for_each_key() {
    let shop = Shop::new();
    let both = [("owner", "Ada", "ink"), ("accounts", "Grace", "ink")];
    let twice = [("owner", "Ada", "ink"), ("accounts", " ada", "ink")];
    let more = [("owner", "Ada", "ink"), ("owner", "Edith", "ink"), ("accounts", "Grace", "ink")];
    for (rows, text, code, words) in [
        (&both[..], "", 0, "policy.toml"),
        (&both, "bound = false\nincomplete = \"warn\"\ndistinct = false", 0, "policy.toml"),
        (&both, "levels = { owner = 1 }", 0, "1 at owner"),
        (&both, "levels = { owner = 2 }", 3, "policy.levels 2 at owner 1 at owner"),
        (&more, "levels = { owner = 2 }", 0, "2 at owner"),
        (&both, "levels = { board = 1 }", 3, "policy.levels 1 at board 0 at board"),
        (&both[..1], "incomplete = \"warn\"", 0, "policy.toml"),
        (&both[..1], "incomplete = \"stop\"", 3, "1 at accounts, 1 at owner 0 at accounts, 1 at owner"),
        (&twice, "distinct = false", 0, "policy.toml"),
        (&twice, "distinct = true", 3, "policy.distinct no person at two levels"),
        (&twice, "distinct = 2", 3, "different people: 2 different people: 1"),
        (&both, "distinct = 2", 0, "different people: 2"),
        (&both, "distinct = 3", 3, "different people: 3 different people: 2"),
        (&both, "table = \"public.approvals\"\ncolumns = { who = \"signed_by\" }", 0, "read from public.approvals"),
        (
            &both,
            "table = \"public.others\"",
            4,
            "approvals in public.others; the packet shop-returns reads public.approvals",
        ),
        (&both, "columns = { who = \"part\" }", 4, "the column part for who; the packet shop-returns uses signed_by"),
        (
            &both,
            "engine = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"",
            4,
            "this program has sha256:",
        ),
    ] {
        shop.sign(rows);
        let path = policy(&shop.0.sandbox, text);
        let shown = shop.run(Some(&path), &["preflight", "--approval", CODE]).expect_code(code);
        assert!(flat(&shown).contains(words), "{text}: {}", shown.whole());
        let applied = shop.run(Some(&path), &["apply", "--approval", CODE, "--dry-run"]).expect_code(code);
        assert!(flat(&applied).contains(words), "{text}: {}", applied.whole());
        assert_eq!(shop.sql("SELECT to_regclass('public.returned') IS NULL"), "t", "{text}");
    }
    // A policy that demands less than the packet changes nothing. The packet's own rule stops the run.
    let path =
        policy(&shop.0.sandbox, "bound = false\nincomplete = \"warn\"\ndistinct = false\nlevels = { owner = 1 }");
    let strict = &packets()[1];
    let ours = format!("release:{}", strict.1);
    for (rows, words) in [
        (&both[..], "names no release"),
        (&[("owner", "Ada", ours.as_str())], "only owner for REL-7"),
        (&[("owner", "Ada", ours.as_str()), ("accounts", "Ada", ours.as_str())], "Ada signed at two levels"),
    ] {
        shop.sign(rows);
        let shown = shop.command_under(strict, Some(&path), &["preflight", "--approval", CODE]).output();
        assert!(matches!(shown.code(), Some(3 | 4)) && flat(&shown).contains(words), "{}", shown.whole());
    }
}

#[test]
fn a_contradiction_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::new();
    let path = policy(&sandbox, "table = \"public.others\"\n");
    for command in [&["preflight"][..], &["gate"], &["apply", "--approval", CODE, "--yes"]] {
        let run = sandbox.oneroof(command).arguments(["--host", "/nowhere", "--packet"]).argument(&loose().0);
        let refused = run.variable("ONEROOF_POLICY", &path).output().expect_code(4);
        assert!(flat(&refused).contains("reads public.approvals"), "{}", refused.whole());
    }
}

/// The approvals name the release when the person confirms the run, but one no longer does when the first tier reads it.
#[test]
fn a_tier_that_reads_an_approval_below_the_policy_is_rolled_back() {
    let shop = Shop::new();
    let ours = format!("release:{}", loose().1);
    shop.sign(&[("owner", "Ada", &ours), ("accounts", "Grace", &ours)]);
    let path = policy(&shop.0.sandbox, "bound = true\nlevels = { owner = 1, accounts = 1 }\n");
    let words = ["apply", "--approval", CODE];
    let mut terminal = shop.command_under(loose(), Some(&path), &words).on_terminal(50, 100);
    terminal.wait_for("to go on: ");
    shop.sql("UPDATE public.approvals SET signature = 'ink' WHERE part = 'accounts'");
    let before = shop.dump();
    terminal.enter("shop@oneroof-lab");
    terminal.enter(key::ENTER);
    let shown = terminal.finish().expect_code(3);
    let seen = plain(&shown.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in
        ["the approval does not meet the host policy: policy.levels (0 at accounts, 1 at owner)", "nothing was changed"]
    {
        assert!(seen.contains(words), "{words}: {}", shown.whole());
    }
    readers::assert_same(&before, &shop.dump());
    let files = shop.0.sandbox.files(|name| name.starts_with("rollout_") && is_json(Path::new(name)));
    let record = evidence::read(files.last().unwrap());
    assert_eq!(record["report"]["tiers"][0]["outcome"], "aborted");
    // The run took no fingerprint at its end, so the database now cannot be compared. Nothing contradicts the rest of the evidence.
    let checked = shop.run(None, &["evidence", "check", files.last().unwrap().to_str().unwrap()]);
    assert!(
        flat(&checked).contains("nothing contradicts the evidence, but these could not be compared: database now"),
        "{}",
        checked.whole()
    );
}

/// The approvals change after the first COMMIT. The first tier stays, the second is rolled back, and the rollback command is named.
#[test]
fn a_later_tier_below_the_policy_is_rolled_back_and_the_earlier_one_is_named() {
    let shop = Shop::new();
    let ours = format!("release:{}", loose().1);
    shop.sign(&[("owner", "Ada", &ours), ("accounts", "Grace", &ours)]);
    let path = policy(&shop.0.sandbox, "bound = true\n");
    // A role that may delete rows may also lock the table.
    shop.sql(&format!("GRANT DELETE ON public.approvals TO {ROLE}"));
    // Only the first tier locks the orders in this mode. The UPDATE then waits for the tier's lock on the approvals and goes on after the
    // tier's COMMIT.
    let mut unsigns = shop.0.session_in(DATABASE, ADMINISTRATOR);
    unsigns.send(
        "DO $$ BEGIN
            LOOP
                EXIT WHEN EXISTS (SELECT FROM pg_catalog.pg_locks AS l
                    WHERE l.relation = 'public.orders'::pg_catalog.regclass AND l.mode = 'AccessExclusiveLock' AND l.granted);
            END LOOP;
            UPDATE public.approvals SET signature = 'ink';
        END $$;",
    );
    let shown = shop.run(Some(&path), &["apply", "--approval", CODE, "--no-rehearsal", "--yes"]).expect_code(5);
    unsigns.answer().unwrap();
    let seen = flat(&shown);
    for words in ["committed tier 1", "policy.bound (no approval names this release)", "next: oneroof rollback --full"]
    {
        assert!(seen.contains(words), "{words}: {}", shown.whole());
    }
    assert_eq!(shop.sql("SELECT to_regclass('public.returned') IS NOT NULL"), "t");
    assert_eq!(shop.sql("SELECT count(*) FROM public.reason"), "2");
    let _ = shop.run(Some(&path), &["rollback", "--full", "--yes"]).expect_success();
}

#[test]
fn the_release_of_the_program_itself_is_under_the_policy() {
    let lab = Lab::ratified();
    let path = policy(&lab.sandbox, "bound = true\n");
    let before = lab.dump();
    for command in [&["preflight", "--ratified-apr", APR][..], &["apply", "--ratified-apr", APR, "--yes"]] {
        let stopped = lab.oneroof(command).variable("ONEROOF_POLICY", &path).output().expect_code(3);
        assert!(flat(&stopped).contains("policy.bound"), "{}", stopped.whole());
    }
    assert_eq!(before, lab.dump());
    // The policy decides on which databases a packet may waive its gate.
    let path = policy(&lab.sandbox, "rehearse_on = \"\"\n");
    for command in [&["clone", "create", "--yes"][..], &["clone", "run", "--yes"], &["preflight"]] {
        let refused = lab.oneroof(command).variable("ONEROOF_POLICY", &path).output().expect_code(4);
        assert!(flat(&refused).contains("lets the gate be waived on no database"), "{}", refused.whole());
    }
    let _ = lab.oneroof(["preflight", "--ratified-apr", APR]).output().expect_success().expect_stdout("no host policy");
}

#[test]
fn an_unusable_policy_stops_commands_that_judge_approvals() {
    let sandbox = Sandbox::new();
    let path = policy(&sandbox, "");
    let text = |text: &str| policy(&sandbox, text).display().to_string();
    let gate = |named: &str, words: &str| {
        let run = sandbox.oneroof(["gate", "--host", "/nowhere"]).variable("ONEROOF_POLICY", named);
        let refused = run.output().expect_code(2);
        assert!(flat(&refused).contains(words), "{words}: {}", refused.whole());
    };
    gate("", "ONEROOF_POLICY is empty");
    gate("policy.toml", "not an absolute path");
    gate("/nowhere/policy.toml", "cannot read the host policy /nowhere/policy.toml");
    gate(sandbox.root().to_str().unwrap(), "cannot read the host policy");
    let here = sandbox.work().join("policy.toml");
    std::fs::write(&here, "").unwrap();
    gate(here.to_str().unwrap(), "is in the working folder");
    gate(&text("bound = true\nbuond = true\n"), "line 2: unknown field `buond`");
    gate(
        &text("levls = { L2 = 1 }"),
        "The keys of a policy are table, columns, levels, incomplete, bound, distinct, rehearse_on, signers, engine.",
    );
    gate(&text("bound = \"yes\""), "line 1: invalid type");
    gate(&text("levels = { L2 = 0 }"), "at least one person");
    gate(&text("incomplete = \"maybe\""), "`stop` or `warn`");
    std::fs::write(&path, b"\xff").unwrap();
    gate(path.to_str().unwrap(), "not valid UTF-8");
    let _ = policy(&sandbox, "bound = true");
    for mode in [0o664, 0o646] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        gate(path.to_str().unwrap(), "others may write to the host policy");
    }
    // Commands that check no approvals still work with a broken policy, for example `plan`.
    let plan = sandbox.oneroof(["plan"]).variable("ONEROOF_POLICY", "").output();
    let _ = plan.expect_success();
}

/// Runs ssh-keygen of OpenSSH in the sandbox.
fn ssh_keygen(sandbox: &Sandbox, arguments: &[&str]) {
    let mut command = std::process::Command::new("ssh-keygen");
    let done = command.args(arguments).current_dir(sandbox.work()).output().expect("ssh-keygen of openssh-client");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_packet_is_signed_by_one_of_the_signers_or_nothing_is_run() {
    let sandbox = Sandbox::new();
    let work = sandbox.work();
    for (packet, name) in packets().iter().zip(["loose.packet", "strict.packet"]) {
        std::fs::copy(&packet.0, work.join(name)).unwrap();
    }
    for key in ["one", "other"] {
        ssh_keygen(&sandbox, &["-q", "-t", "ed25519", "-N", "", "-f", key]);
        let public = std::fs::read_to_string(work.join(format!("{key}.pub"))).unwrap();
        let line = public.split(' ').take(2).collect::<Vec<_>>().join(" ");
        std::fs::write(sandbox.root().join(format!("signers-{key}")), format!("{key}@example.org {line}\n")).unwrap();
    }
    let signers = sandbox.root().join("signers-one");
    std::fs::set_permissions(&signers, std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = |arguments: &[&str]| sandbox.oneroof(arguments).arguments(["--packet", "loose.packet"]);
    let plan = || run(&["plan"]).argument("--signers").argument(&signers);
    let sign = |key: &str, namespace: &str, file: &str| {
        let _ = std::fs::remove_file(work.join(format!("{file}.sig")));
        ssh_keygen(&sandbox, &["-q", "-Y", "sign", "-f", key, "-n", namespace, file]);
    };
    let unsigned = plan().output().expect_code(6);
    assert!(
        flat(&unsigned).contains("it has no signature") && flat(&unsigned).contains("ssh-keygen -Y sign"),
        "{}",
        unsigned.whole()
    );
    for (key, namespace) in [("other", "oneroof"), ("one", "file")] {
        sign(key, namespace, "loose.packet");
        let _ = plan().output().expect_code(6).expect_stdout("loose.packet.sig");
    }
    // The signature belongs to another packet.
    sign("one", "oneroof", "strict.packet");
    std::fs::copy(work.join("strict.packet.sig"), work.join("loose.packet.sig")).unwrap();
    let _ = plan().output().expect_code(6);
    sign("one", "oneroof", "loose.packet");
    let signed = plan().output().expect_success();
    assert!(
        flat(&signed).contains("signed by one@example.org") && !flat(&signed).contains("not bound"),
        "{}",
        signed.whole()
    );
    let shown = plan().arguments(["--format", "json"]).output().expect_success().json();
    assert_eq!(shown["release"]["signed_by"], "one@example.org");
    // The folder for the auditor holds the signature, beside the packet that it is of.
    let _ = run(&["report", "--record", "record"]).output().expect_success();
    std::fs::copy(work.join("record/packet/shop-returns.packet"), work.join("filed")).unwrap();
    std::fs::copy(work.join("record/packet/shop-returns.packet.sig"), work.join("filed.sig")).unwrap();
    let filed = sandbox.oneroof(["plan", "--packet", "filed", "--signers"]).argument(&signers).output();
    assert!(flat(&filed.expect_success()).contains("signed by one@example.org"));
    let sums = std::fs::read_to_string(work.join("record/SHA256SUMS")).unwrap();
    assert!(sums.contains("  packet/shop-returns.packet.sig\n"), "{sums}");
    let lacking = plan().variable("PATH", work.display().to_string()).output().expect_code(2);
    assert!(
        flat(&lacking).contains("cannot run ssh-keygen") && flat(&lacking).contains("openssh-client"),
        "{}",
        lacking.whole()
    );
    let _ = run(&["plan", "--signers", "/nowhere"]).output().expect_code(2).expect_stdout("cannot read /nowhere");
    let _ = sandbox
        .oneroof(["plan", "--signers"])
        .argument(&signers)
        .output()
        .expect_code(2)
        .expect_stdout("--packet FILE");
    // If the policy names signers, `gate` requires the signature before it connects. A rollback needs no signature.
    let path = policy(&sandbox, &format!("signers = \"{}\"\n", signers.display()));
    let gate = |code: i32| {
        let run = run(&["gate", "--host", "/nowhere"]).variable("ONEROOF_POLICY", &path);
        run.output().expect_code(code)
    };
    assert!(flat(&gate(7)).contains("signed by one@example.org"));
    sign("other", "oneroof", "loose.packet");
    let _ = gate(6);
    let back = run(&["rollback", "--full", "--yes", "--host", "/nowhere"]).variable("ONEROOF_POLICY", &path).output();
    let _ = back.expect_code(7);
}

/// The policies in README.md and docs/packet.md are accepted as they are printed. Only the files and digests that a reader must fill in
/// are replaced.
#[test]
fn the_policies_that_the_documents_print_are_accepted() {
    let sandbox = Sandbox::new();
    let signers = sandbox.root().join("signers");
    std::fs::write(&signers, "one@example.org ssh-ed25519 AAAA\n").unwrap();
    std::fs::set_permissions(&signers, std::fs::Permissions::from_mode(0o644)).unwrap();
    for (file, section) in [("README.md", "## What a host demands"), ("docs/packet.md", "## 6. The policy of a host")] {
        let page = repository_text(file);
        let (_, rest) = page.split_once(section).unwrap_or_else(|| panic!("{file} has no {section}"));
        let text = rest.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        assert!(text.contains("bound = true") && text.contains("/etc/oneroof/signers"), "{text}");
        let text = text.replace("/etc/oneroof/signers", &signers.display().to_string());
        let text = text.replace("sha256:...", &format!("sha256:{}", "0".repeat(64)));
        let gate = |text: &str| {
            let path = policy(&sandbox, text);
            sandbox.oneroof(["gate", "--host", "/nowhere"]).variable("ONEROOF_POLICY", &path).output()
        };
        // The policy is read, and the run ends because of the release or because there is no server.
        let output = gate(&text);
        assert!(matches!(output.code(), Some(4 | 7)), "{file}: {}", output.whole());
        assert!(!flat(&output).contains("no host policy"), "{file}: {}", output.whole());
        let _ = gate(&text.replace("bound", "buond")).expect_code(2).expect_stdout("unknown field `buond`");
    }
}
