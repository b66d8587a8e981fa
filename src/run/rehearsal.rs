//! Decides whether a release is rehearsed. A rehearsal runs all its tiers in one transaction that is rolled back, before the first COMMIT.

use super::WriteRun;
use crate::cli::{Rehearsal, Rehearse};
use crate::exec::{Direction, Run};

/// Whether to rehearse. A rehearsal that would block readers of a relation that the packet did not create is skipped, and the output says
/// so. `--rehearse yes` and `--dry-run` always rehearse.
pub(crate) fn is_wanted(run: &mut WriteRun<'_, '_>, said: Rehearsal, dry_run: bool, runs: &[Run<'_>]) -> bool {
    if dry_run || said.rehearse == Rehearse::Yes {
        return true;
    }
    if said.no_rehearsal || said.rehearse == Rehearse::No {
        return false;
    }
    let Some(words) = in_the_way(runs) else { return true };
    run.say(&words);
    run.context.report.notes.push(words);
    false
}

/// Which existing relations the rehearsal would block, in words. `None` if it blocks no reader of them.
fn in_the_way(runs: &[Run<'_>]) -> Option<String> {
    let blocked = runs.iter().filter_map(|run| {
        let relations = match run.direction {
            Direction::Apply => &run.tier.exclusive,
            Direction::Undo => &run.tier.down_exclusive,
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
        assert_eq!(in_the_way(&[Run { tier: &tier, direction: Direction::Undo }]), None);
    }
}
