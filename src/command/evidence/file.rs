//! Checks whether a rollout file agrees with itself and with the release.

use super::step::{step, unknown};
use crate::evidence::{Chain, Contradiction, How, Rollout, Topic, chain, contradictions, digest_of};
use crate::files;
use crate::release::Release;
use crate::report::StepAnswer;

/// One line for each topic, with what was compared.
pub(super) fn steps(rollout: &Rollout, release: &Release) -> Vec<StepAnswer> {
    let mut steps = vec![
        step("release", "the release that this binary carries".to_owned(), true),
        whole(rollout),
        complete(rollout),
        log(rollout),
        earlier(rollout),
    ];
    let found = contradictions(rollout, release);
    for (topic, name, compared) in topics(rollout) {
        let words: Vec<&str> =
            found.iter().filter(|Contradiction { topic: of, .. }| *of == topic).map(|it| it.words.as_str()).collect();
        let ok = words.is_empty();
        steps.push(step(name, if ok { compared } else { words.join("; ") }, ok));
    }
    steps
}

fn whole(rollout: &Rollout) -> StepAnswer {
    let words = if rollout.is_as_written {
        "every byte is as it was written"
    } else {
        "the file was changed since it was written: its bytes do not match its checksum"
    };
    step("checksum", words.to_owned(), rollout.is_as_written)
}

fn complete(rollout: &Rollout) -> StepAnswer {
    let words = match (&rollout.record.commit_next, rollout.record.complete) {
        (Some(pending), _) => {
            format!("not complete: the COMMIT of {} was sent, and how it ended is not known", pending.name())
        }
        (None, true) => "complete, and the end of every COMMIT is known".to_owned(),
        (None, false) => "not complete: the run was cut off, or is still under way".to_owned(),
    };
    step("file", words, rollout.record.complete && !rollout.is_open())
}

/// Checks the readable log against the length and the SHA-256 that the evidence holds of it.
fn log(rollout: &Rollout) -> StepAnswer {
    let said = &rollout.record.log;
    let is_plain = !said.file.is_empty() && !said.file.contains('/');
    let path = rollout.path.with_file_name(&said.file);
    let bytes = match files::read(&path, files::LARGE) {
        Ok(bytes) if is_plain => bytes,
        Ok(_) => return step("log", format!("{} is not beside the evidence", said.file), false),
        Err(error) => return unknown("log", &format!("{}: {error}", said.file)),
    };
    let length = usize::try_from(said.bytes).unwrap_or(usize::MAX);
    let is_as_written = bytes.get(..length).is_some_and(|begin| digest_of(begin) == said.sha256)
        && (!rollout.record.complete || bytes.len() == length);
    let words = if is_as_written { "as it was written" } else { "was changed since it was written" };
    step("log", format!("{} {words}", said.file), is_as_written)
}

/// Checks the chain of earlier evidence, file by file.
fn earlier(rollout: &Rollout) -> StepAnswer {
    let name = "chain";
    match chain(rollout) {
        Chain::Whole { files: 0 } => step(name, "it names no earlier evidence of this database".to_owned(), true),
        Chain::Whole { files } => {
            step(name, format!("each of the {files} files before it has the SHA-256 that the next file names"), true)
        }
        Chain::Broken(why) => step(name, why, false),
        Chain::Unknown(why) => unknown(name, &why),
    }
}

/// The arguments, who ran the command according to the kernel, and how the command was confirmed. Facts that are only claimed, such as
/// `SUDO_USER`, are left out.
fn people(rollout: &Rollout) -> String {
    let operator = &rollout.record.operator;
    let account = |name: &Option<String>, uid: u32| name.clone().unwrap_or_else(|| format!("uid {uid}"));
    let mut words = format!("{} on {}", account(&operator.account, operator.uid), operator.host);
    if let Some(login) = operator.login_uid {
        words.push_str(&format!(", logged in as {}", account(&operator.login_account, login)));
    }
    let how = match rollout.record.confirmed.as_ref().map(|confirmed| confirmed.how) {
        Some(How::Typed) => "typed at the terminal",
        Some(How::ByName) => "by --confirm",
        Some(How::ByYes) => "by --yes",
        Some(How::NotNeeded) => "not needed",
        None => "by nobody",
    };
    format!("{}; run by {words}; confirmed: {how}", rollout.record.arguments.join(" "))
}

/// The topics in which the file is compared with itself and with the release, each with the words that are shown if nothing is wrong.
fn topics(rollout: &Rollout) -> Vec<(Topic, &'static str, String)> {
    let report = &rollout.record.report;
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let mut topics = vec![
        (Topic::Times, "times", format!("begun {}, written {}", rollout.record.begun, rollout.record.written)),
        (
            Topic::Outcome,
            "outcome",
            format!("{}, exit code {}, {}", report.verdict.word(), report.exit_code, effect_words(rollout)),
        ),
        (Topic::Arguments, "arguments", people(rollout)),
    ];
    if let Some(session) = &rollout.record.session {
        let words = format!("{} as {}, PostgreSQL {}", session.database, session.session_user, session.server_version);
        topics.push((Topic::Session, "session", words));
    } else {
        topics.push((Topic::Session, "session", "none: no database was reached".to_owned()));
    }
    topics.push((Topic::Tiers, "tiers", format!("{}, in the release's order", count(report.tiers.len(), "tier"))));
    topics.push((
        Topic::Checks,
        "checks",
        format!(
            "{}: each verdict fits its result, and no check that the outcome needs is missing",
            count(report.checks.len(), "check")
        ),
    ));
    topics.push((Topic::Rows, "rows", "rows and locks as the release declares them".to_owned()));
    topics.push((
        Topic::Transactions,
        "ids",
        format!("{} committed, ids in order", count(rollout.kept().count(), "transaction")),
    ));
    let (entry, exit) = rollout.ends();
    let taken = [entry, exit, rollout.after_rollback()].into_iter().flatten().count();
    topics.push((
        Topic::Fingerprints,
        "fingerprints",
        format!("{}, as the outcome demands", count(taken, "fingerprint")),
    ));
    topics
}

fn effect_words(rollout: &Rollout) -> String {
    match rollout.kept().count() {
        0 if rollout.is_open() => "whether it changed anything is not known".to_owned(),
        0 => "it committed nothing".to_owned(),
        1 => "it committed 1 transaction".to_owned(),
        many => format!("it committed {many} transactions"),
    }
}
