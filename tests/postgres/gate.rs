//! `gate` and `label alignment` report what psql sees, and write nothing.

use crate::support::Lab;

fn gate(lab: &Lab) -> serde_json::Value {
    let report = lab.oneroof(["gate", "--format", "json"]).output().expect_success().json();
    assert_eq!(report["server_facts"]["read_only"], true);
    assert_eq!(report["server_facts"]["transaction_id_assigned"], false);
    report["result"]["gate"].clone()
}

fn missing(gate: &serde_json::Value) -> String {
    let words = gate["missing"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    words.collect::<Vec<_>>().join("\n")
}

fn sign(lab: &Lab, code: &str, level: &str, by: &str, signature: &str) {
    lab.psql(&format!(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by, signature_ref, approved_at) \
         VALUES ('{code}', '{level}', '{by}', '{signature}', now() - interval '1 hour')"
    ));
}

#[test]
fn a_closed_gate_shows_the_human_step_and_the_text_that_binds() {
    let lab = Lab::new();
    let before = lab.dump();
    let answer = gate(&lab);
    assert_eq!(answer["open"], false);
    assert!(missing(&answer).contains("os_proposal_approvals is empty"), "{answer}");
    assert_eq!(answer["options"].as_array().unwrap().len(), 4);
    let manifest = lab.oneroof(["manifest", "--format", "json"]).output().expect_success().json();
    let digest = manifest["release"]["digest"].as_str().unwrap();
    assert_eq!(answer["signature_text"], format!("release:{digest}"));
    let _ = lab.oneroof(["gate"]).output().expect_success().expect_stdout("never this program").expect_stdout(digest);
    assert_eq!(before, lab.dump());
}

#[test]
fn every_approval_has_its_verdict_and_what_is_missing_is_named() {
    let lab = Lab::new();
    sign(&lab, "APR-ONE", "L2", "l2-member", "sig:1");
    let answer = gate(&lab);
    assert_eq!(answer["open"], true);
    assert_eq!(answer["approvals"][0]["verdict"], "signed");
    assert_eq!(missing(&answer), "APR-ONE: signatures missing: 1 at L4");
    sign(&lab, "APR-ONE", "L4", "l4-member", "  ");
    let answer = gate(&lab);
    assert_eq!(answer["approvals"][1]["verdict"], "signature_ref is blank");
    assert!(missing(&answer).contains("APR-ONE, L4: signature_ref is blank"), "{answer}");
    let other = format!("release:sha256:{}", "0".repeat(64));
    sign(&lab, "APR-TWO", "L2", "l2-member", &other);
    let answer = gate(&lab);
    assert_eq!(answer["approvals"][2]["opens"], false);
    assert!(missing(&answer).contains("APR-TWO, L2: the signature_ref names another release"), "{answer}");
    let ours = answer["signature_text"].as_str().unwrap();
    sign(&lab, "APR-THREE", "L2", "l2-member", &format!("sig:9 {ours}"));
    sign(&lab, "APR-THREE", "L4", "l4-member", &format!("sig:10 {ours}"));
    let answer = gate(&lab);
    let verdicts: Vec<_> = answer["approvals"].as_array().unwrap().iter().map(|row| row["verdict"].clone()).collect();
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == "signed for this release").count(), 2);
    assert!(!missing(&answer).contains("APR-THREE"), "{answer}");
}

#[test]
fn gate_and_preflight_agree_about_each_approval() {
    let lab = Lab::ratified();
    sign(&lab, "APR-OTHER", "L2", "l2-member", &format!("release:sha256:{}", "a".repeat(64)));
    sign(&lab, "APR-OTHER", "L4", "l4-member", "sig:plain");
    for row in gate(&lab)["approvals"].as_array().unwrap() {
        let code = row["proposal_code"].as_str().unwrap();
        // If the approval is for another release, the code is wrong and the exit code is 4.
        let expected = if row["opens"] == true { 0 } else { 4 };
        let _ = lab.oneroof(["preflight", "--ratified-apr", code]).output().expect_code(expected);
    }
}

#[test]
fn an_approval_that_holds_escapes_does_not_draw_on_the_terminal() {
    let lab = Lab::new();
    lab.psql(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by, signature_ref, approved_at)
         VALUES (E'APR-X\\x1b]0;owned\\x07\\x1b[2J\\u202eGO', 'L2', 'l2-member', '', now())",
    );
    for format in ["text", "json"] {
        let shown = lab.oneroof(["gate", "--format", format]).output().expect_success();
        let raw = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
        assert!(!shown.stdout.contains(raw), "{:?}", shown.stdout);
        assert!(shown.stdout.contains("u{1b}") || shown.stdout.contains("u001b"), "{}", shown.whole());
    }
}

#[test]
fn a_missing_approvals_table_is_named() {
    let lab = Lab::new();
    lab.psql("ALTER TABLE public.os_proposal_approvals RENAME TO elsewhere");
    let answer = gate(&lab);
    assert_eq!(answer["open"], false);
    assert!(missing(&answer).contains("cannot be read"), "{answer}");
}

#[test]
fn label_alignment_names_the_object_whose_label_left_its_rule() {
    let lab = Lab::ratified();
    let ask = || {
        let report = lab.oneroof(["label", "alignment", "--format", "json"]).output().expect_success().json();
        assert_eq!(report["server_facts"]["transaction_id_assigned"], false);
        let tables = report["result"]["tables"].as_array().unwrap().clone();
        let verdicts: Vec<(String, String)> = tables[1]["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row[0].as_str().unwrap().to_owned(), row[1].as_str().unwrap().to_owned()))
            .collect();
        (tables[0].clone(), verdicts)
    };
    let (rules, objects) = ask();
    assert_eq!(rules["title"], "label rules, as the packet would write them");
    assert_eq!(objects.iter().filter(|(_, verdict)| verdict == "aligned").count(), 35);
    let _ = lab
        .oneroof(["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes", "--no-rehearsal"])
        .output()
        .expect_success();
    lab.psql("UPDATE public.governance_object SET label = 'svc/bridge-api' WHERE code = 'GOV-SVC-01'");
    lab.psql("UPDATE public.governance_object SET label = 'nowhere' WHERE code = 'GOV-ROLE-05'");
    let (rules, objects) = ask();
    assert_eq!(rules["title"], "label rules, as released");
    let verdict = |code: &str| &objects.iter().find(|(object, _)| object == code).unwrap().1;
    assert_eq!(verdict("GOV-SVC-01"), "label and review differ");
    assert_eq!(verdict("GOV-ROLE-05"), "no rule matches the label");
    assert_eq!(objects.iter().filter(|(_, verdict)| verdict == "aligned").count(), 33);
    let divergent =
        lab.psql("SELECT string_agg(object_code, ' ' ORDER BY object_code) FROM public.v_oneroof_topic_divergent");
    assert_eq!(divergent, "GOV-ROLE-05 GOV-SVC-01");
}
