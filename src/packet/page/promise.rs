//! Which checks each part must report. The list is made once from the page, so that the executor can compare each reply with it.

use super::super::rows::{CheckRow, CheckRows, GREENFIELD, promised};
use super::{Descriptor, ProofRow, Renamed, Tier};

impl Descriptor {
    /// Stores the names of the checks that each part must report.
    pub(crate) fn promise(&mut self) {
        let rows = CheckRows::of(self);
        let preflight = (self.names(&rows.preflight()), self.names(&CheckRows::listed(&self.preflight.after)));
        let verify = (self.names(&rows.verify_guard()), self.names(&rows.verify()));
        let tiers: Vec<[Vec<String>; 4]> = self
            .tiers
            .iter()
            .map(|tier| {
                [rows.up_guard(tier), rows.up_assert(tier), rows.down_guard(tier), CheckRows::down_assert(tier)]
                    .map(|part| self.names(&part))
            })
            .collect();
        let windows: Vec<Vec<String>> = [true, false].iter().map(|gated| self.windows(*gated)).collect();
        let actions: Vec<[Vec<String>; 2]> = self
            .actions
            .iter()
            .map(|action| {
                [CheckRows::action_guard(action), CheckRows::listed(&action.run.after)].map(|part| self.names(&part))
            })
            .collect();
        let revalidations: Vec<[Vec<String>; 2]> = self
            .revalidations
            .iter()
            .map(|one| {
                [CheckRows::revalidation_guard(one), rows.revalidation_assert(one)].map(|part| self.names(&part))
            })
            .collect();
        let shadow = self.shadow.as_ref().map(|shadow| {
            [CheckRows::deploy_guard(), rows.deploy_assert(shadow), rows.drop_guard(shadow), rows.drop_assert(shadow)]
                .map(|part| self.names(&part))
        });
        self.preflight.guard = [windows[0].clone(), preflight.0].concat();
        self.preflight.assert = preflight.1;
        self.preflight.greenfield = Some(GREENFIELD.to_owned());
        (self.verify.guard, self.verify.assert) = verify;
        for (tier, [guard, assert, rollback_guard, rollback_assert]) in self.tiers.iter_mut().zip(tiers) {
            tier.guard = [windows[0].clone(), guard].concat();
            (tier.assert, tier.rollback_guard, tier.rollback_assert) = (assert, rollback_guard, rollback_assert);
        }
        for (action, [guard, assert]) in self.actions.iter_mut().zip(actions) {
            action.run.guard = if action.hold { [windows[1].clone(), guard].concat() } else { guard };
            action.run.assert = assert;
        }
        for (one, [guard, assert]) in self.revalidations.iter_mut().zip(revalidations) {
            (one.run.guard, one.run.assert) = (guard, assert);
        }
        self.promise_shadow(shadow);
    }

    fn promise_shadow(&mut self, parts: Option<[Vec<String>; 4]>) {
        let (Some(shadow), Some([deploy_guard, deploy_assert, drop_guard, drop_assert])) =
            (self.shadow.as_ref(), parts)
        else {
            return;
        };
        let first = shadow.tiers.first().and_then(|number| self.tiers.iter().find(|tier| tier.number == *number));
        let names = Renamed::of(self, &shadow.schema);
        let table = first.map(|tier| names.apply(&tier.proof_row.table)).unwrap_or_default();
        let run = |word: &str, file: &str, guard, assert, relation| Tier {
            name: format!("shadow-{word}"),
            title: format!("shadow-{word}"),
            file: file.to_owned(),
            timeout_ms: shadow.timeout_ms,
            guard,
            assert,
            creates: true,
            action: true,
            proof_row: ProofRow { table: table.clone(), relation, ..ProofRow::default() },
            ..Tier::default()
        };
        let deploy = run("deploy", &shadow.deploy, deploy_guard, deploy_assert, false);
        let drop = run("drop", &shadow.drop, drop_guard, drop_assert, true);
        if let Some(shadow) = &mut self.shadow {
            (shadow.deploy_run, shadow.drop_run) = (deploy, drop);
        }
    }

    fn names(&self, rows: &[CheckRow]) -> Vec<String> {
        promised(rows, &self.families)
    }

    /// The names of the checks that the lock loop of a guard reports.
    fn windows(&self, gated: bool) -> Vec<String> {
        let gate = gated.then(|| "gate.window".to_owned());
        gate.into_iter().chain((!self.release.hold.is_empty()).then(|| "seam.window".to_owned())).collect()
    }
}
