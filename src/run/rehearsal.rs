//! Decides whether a release is rehearsed. A rehearsal runs all its tiers in one transaction that is rolled back, before the first COMMIT.

use super::WriteRun;
use crate::cli::{Rehearsal, Rehearse};
use crate::error::Error;
use crate::exec::{Direction, Run};
use crate::release::Descriptor;

/// Whether to rehearse. A rehearsal is skipped in two cases, and the output says so: the tiers cannot run in one transaction, or the rehearsal
/// would block readers of a relation that the packet did not create. With `--rehearse yes` or `--dry-run`, the second case is rehearsed too.
///
/// # Errors
/// [`Error::NoGo`] if a rehearsal was demanded and the tiers cannot run in one transaction.
pub(crate) fn is_wanted(
    run: &mut WriteRun<'_, '_>,
    options: Rehearsal,
    dry_run: bool,
    runs: &[Run<'_>],
) -> Result<bool, Error> {
    let is_apart = is_apart(&run.context.release.descriptor, runs);
    if dry_run || options.rehearse == Rehearse::Yes {
        return if is_apart { Err(cannot()) } else { Ok(true) };
    }
    if options.no_rehearsal || options.rehearse == Rehearse::No {
        return Ok(false);
    }
    let apart = is_apart.then(|| format!("not rehearsed: {APART}"));
    let Some(words) = apart.or_else(|| in_the_way(runs)) else { return Ok(true) };
    run.say(&words);
    run.context.report.notes.push(words);
    Ok(false)
}

/// The reason, in words, if the tiers cannot run in one transaction.
const APART: &str =
    "these tiers cannot run in one transaction, because a statement needs the COMMIT of an earlier tier";

/// Whether the build found that these tiers cannot run in one transaction. A single tier always can.
fn is_apart(descriptor: &Descriptor, runs: &[Run<'_>]) -> bool {
    let command = match runs.first().map(|run| run.direction) {
        Some(Direction::Rollback) => "rollback",
        _ => "apply",
    };
    runs.len() > 1 && descriptor.release.apart.iter().any(|apart| apart == command)
}

fn cannot() -> Error {
    Error::NoGo {
        message: APART.to_owned(),
        only_gate: false,
        hint: "Leave out --dry-run and --rehearse: then each tier is checked and committed alone. Try the release first on a copy of the database."
            .to_owned(),
    }
}

/// Which existing relations the rehearsal would block, in words. `None` if it blocks no reader of them.
fn in_the_way(runs: &[Run<'_>]) -> Option<String> {
    let blocked = runs.iter().filter_map(|run| {
        let relations = match run.direction {
            Direction::Apply => &run.tier.exclusive,
            Direction::Rollback => &run.tier.down_exclusive,
        };
        (!relations.is_empty())
            .then(|| format!("tier {} takes ACCESS EXCLUSIVE on {}", run.tier.number, relations.join(", ")))
    });
    let blocked: Vec<String> = blocked.collect();
    (!blocked.is_empty()).then(|| {
        format!(
            "not rehearsed: {}, and a rehearsal would block everybody who reads it; --rehearse yes rehearses all the same",
            blocked.join("; ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Tier;

    #[test]
    fn only_a_foreign_relation_that_a_step_keeps_for_itself_is_in_the_way() {
        let tier = Tier { number: 2, exclusive: vec!["public.orders".to_owned()], ..Tier::default() };
        let words = in_the_way(&[Run { tier: &tier, direction: Direction::Apply }]).unwrap();
        assert!(words.contains("tier 2 takes ACCESS EXCLUSIVE on public.orders"), "{words}");
        assert_eq!(in_the_way(&[Run { tier: &tier, direction: Direction::Rollback }]), None);
    }
}
