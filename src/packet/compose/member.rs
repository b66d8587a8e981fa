//! The list of a packet's members, and the parts that each member is made of.

use super::super::page::{Action, Renamed, Revalidation, Shadow, Tier};
use super::super::rows::CheckRows;
use super::composer::Composer;
use super::script::{self, Locks, Parts};

/// Folders whose files become members without change: the folder of the source, and the folder of the member.
const AS_THEY_ARE: [(&str, &str); 4] =
    [("queries/", "queries/"), ("probes/", "prod_verify/"), ("grants/", "grants/"), ("lab/", "lab/")];

/// The kind of a member, with everything that is needed to compose it.
#[derive(Debug)]
pub(super) enum Member<'p> {
    /// A source whose `-- include:` lines are replaced. The path is that of the source.
    Source(String),
    Preflight,
    Up(&'p Tier),
    Down(&'p Tier),
    Verify,
    RunAll,
    RollbackFull,
    States,
    Action(&'p Action),
    Revalidation(&'p Revalidation),
    Deploy(&'p Shadow),
    Drop(&'p Shadow),
}

impl<'s> Composer<'s> {
    /// Every member with its path, sorted by path.
    pub(super) fn plan(&self) -> Vec<(String, Member<'s>)> {
        let page = self.page;
        let mut plan = vec![
            (page.preflight.file.clone(), Member::Preflight),
            (page.verify.file.clone(), Member::Verify),
            ("prod/99_run_all.sql".to_owned(), Member::RunAll),
            ("prod_rollback/99_rollback_full.sql".to_owned(), Member::RollbackFull),
            ("prod_verify/states.sql".to_owned(), Member::States),
        ];
        for tier in &page.tiers {
            plan.extend([(tier.file.clone(), Member::Up(tier)), (tier.rollback.clone(), Member::Down(tier))]);
        }
        plan.extend(page.actions.iter().map(|action| (action.run.file.clone(), Member::Action(action))));
        plan.extend(page.revalidations.iter().map(|one| (one.run.file.clone(), Member::Revalidation(one))));
        if let Some(shadow) = &page.shadow {
            plan.push((shadow.deploy.clone(), Member::Deploy(shadow)));
            plan.push((shadow.drop.clone(), Member::Drop(shadow)));
        }
        for path in self.paths() {
            if let Some((from, to)) = AS_THEY_ARE.iter().find(|(from, _)| path.starts_with(from)) {
                plan.push((path.replacen(from, to, 1), Member::Source(path.to_owned())));
            }
        }
        for (path, _) in &mut plan {
            path.insert_str(0, "sql/");
        }
        plan.sort_by(|one, other| one.0.cmp(&other.0));
        plan
    }

    /// Composes the text of one member.
    pub(super) fn text(&self, member: &Member<'_>) -> Result<String, String> {
        match member {
            Member::Source(path) => self.included(&self.source(path)?),
            Member::Preflight => self.preflight_member(),
            Member::Up(tier) => self.up(tier),
            Member::Down(tier) => self.down(tier),
            Member::Verify => self.verify_member(),
            Member::RunAll => Ok(self.run_all()),
            Member::RollbackFull => Ok(self.rollback_full()),
            Member::States => self.states(),
            Member::Action(action) => self.action(action),
            Member::Revalidation(one) => self.revalidation(one),
            Member::Deploy(shadow) => self.deploy(shadow),
            Member::Drop(shadow) => self.removal(shadow),
        }
    }

    fn preflight_member(&self) -> Result<String, String> {
        let preflight = Parts {
            guard: script::locks(&Locks::of_preflight(self.page), true) + "\n" + &self.preflight()?,
            body: "-- Nothing: preflight only reads.\n".to_owned(),
            assert: self.checks(&CheckRows::listed(&self.page.preflight.after))?,
            writes: false,
        };
        Ok(preflight.text(&self.title("preflight"), script::PREFLIGHT))
    }

    fn up(&self, tier: &Tier) -> Result<String, String> {
        let (why, body) = self.body(&format!("{}/up.sql", tier.folder))?;
        let locks = script::locks(&Locks::of_tier(self.page, tier), false);
        let mut guard = locks + "\n" + &self.checks(&self.rows.up_guard(tier))?;
        if let Some(kinds) = self.unchanged(tier) {
            guard.push('\n');
            guard.push_str(&script::note(&kinds));
        }
        let assert = self.checks(&self.rows.up_assert(tier))? + "\n" + &self.approvals();
        let up = Parts { guard, body: self.under_path(body), assert, writes: true };
        let title = self.title(&format!("tier {}: {}", tier.number, tier.title));
        Ok(up.text(&title, &self.about_up(tier, &why)))
    }

    fn down(&self, tier: &Tier) -> Result<String, String> {
        let (why, body) = self.body(&format!("{}/down.sql", tier.folder))?;
        let locks = script::locks(&Locks::of_rollback(self.page, tier), false);
        let guard = locks + "\n" + &self.checks(&self.rows.down_guard(tier))?;
        let down = Parts {
            guard,
            body: self.under_path(body),
            assert: self.checks(&CheckRows::down_assert(tier))?,
            writes: true,
        };
        let title = self.title(&format!("rollback of tier {}: {}", tier.number, tier.name));
        Ok(down.text(&title, &self.about_down(tier, &why)))
    }

    fn verify_member(&self) -> Result<String, String> {
        let verify = Parts {
            guard: self.checks(&self.rows.verify_guard())?,
            body: "-- Nothing: verify only reads.\n".to_owned(),
            assert: self.checks(&self.rows.verify())?,
            writes: false,
        };
        Ok(verify.text(&self.title("verify"), script::VERIFY))
    }

    fn action(&self, action: &Action) -> Result<String, String> {
        let (why, body) = self.body(&format!("actions/{}.sql", action.run.name))?;
        let locks = script::locks(&Locks::of_action(self.page, action), false);
        let guard = locks + "\n" + &self.checks(&CheckRows::action_guard(action))?;
        let parts = Parts { guard, body, assert: self.checks(&CheckRows::listed(&action.run.after))?, writes: true };
        let title = self.title(&format!("after the release: {}", action.run.title));
        Ok(parts.text(&title, &script::about_action(action, &why)))
    }

    fn revalidation(&self, one: &Revalidation) -> Result<String, String> {
        let body =
            if one.body.is_empty() { "-- Nothing: it only reads.\n".to_owned() } else { self.body(&one.body)?.1 };
        let parts = Parts {
            guard: self.checks(&CheckRows::revalidation_guard(one))?,
            body,
            assert: self.checks(&self.rows.revalidation_assert(one))?,
            writes: false,
        };
        let title = self.title(&format!("clone revalidation {}: {}", one.run.name.to_uppercase(), one.run.title));
        Ok(parts.text(&title, &script::about_revalidation(one)))
    }

    fn deploy(&self, shadow: &Shadow) -> Result<String, String> {
        let names = Renamed::of(self.page, &shadow.schema);
        let mut deploy = Parts {
            guard: self.checks(&CheckRows::deploy_guard())?,
            body: format!("CREATE SCHEMA {};\n", shadow.schema),
            assert: names.apply(&self.checks(&self.rows.deploy_assert(shadow))?),
            writes: true,
        };
        for tier in self.rows.of_shadow(shadow) {
            // The note comes after CREATE SCHEMA, because the schema is new.
            if let Some(kinds) = self.unchanged(tier) {
                deploy.body.push_str(&format!("\n{}", script::note(&kinds)));
            }
            deploy.body.push_str(&format!("\n{}", names.apply(&self.body(&format!("{}/up.sql", tier.folder))?.1)));
        }
        Ok(deploy.text(&self.title("shadow, put there"), &script::about_shadow(shadow, "deploy")))
    }

    fn removal(&self, shadow: &Shadow) -> Result<String, String> {
        let names = Renamed::of(self.page, &shadow.schema);
        let mut removal = String::new();
        for tier in self.rows.of_shadow(shadow) {
            removal.insert_str(0, &format!("{}\n", names.apply(&self.body(&format!("{}/down.sql", tier.folder))?.1)));
        }
        let drop = Parts {
            guard: names.apply(&self.checks(&self.rows.drop_guard(shadow))?),
            body: format!("{removal}DROP SCHEMA {};\n", shadow.schema),
            assert: names.apply(&self.checks(&self.rows.drop_assert(shadow))?),
            writes: true,
        };
        Ok(drop.text(&self.title("shadow, removed"), &script::about_shadow(shadow, "drop")))
    }
}
