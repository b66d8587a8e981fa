//! Composes the members of a packet from its sources: include, join, one override. No condition looks into SQL, and nothing here knows a
//! packet's names.
//!
//! The sources are the page (`release.toml`), one file a check (`checks/`), a folder a tier (`up.sql`, `down.sql`, `state.sql`), and what
//! goes into the packet as it is. The frames around them are the engine's: `src/packet/frames/`.

mod check;
mod composer;
mod executor;
mod row;
mod script;

use super::page::{Descriptor, Renamed};
use super::rows::Rows;
pub use composer::Files;
use composer::{Composer, fill};
use script::{Locks, Parts};

/// Path of the page.
pub const PAGE: &str = "sql/release.toml";

/// Sources that are members as they are: the folder, and the folder that they are in afterwards.
const AS_THEY_ARE: [(&str, &str); 4] = [
    ("sql/queries/", "sql/queries/"),
    ("sql/probes/", "sql/prod_verify/"),
    ("sql/grants/", "sql/grants/"),
    ("sql/lab/", "sql/lab/"),
];

/// The members that the sources give.
///
/// # Errors
/// The first thing that cannot be composed, in words that name the file.
pub fn members(sources: &Files) -> Result<Files, String> {
    let text = sources.get(PAGE).ok_or_else(|| format!("{PAGE} is missing"))?;
    let page = Descriptor::parse(text).map_err(|reason| format!("{PAGE}: {reason}"))?;
    let composer = Composer { sources, page: &page, rows: Rows::of(&page) };
    let mut members = Files::new();
    members.insert(PAGE.to_owned(), text.clone());
    for (path, text) in sources {
        if let Some((from, to)) = AS_THEY_ARE.iter().find(|(from, _)| path.starts_with(from)) {
            members.insert(path.replacen(from, to, 1), composer.included(text)?);
        }
    }
    composer.release(&mut members)?;
    composer.rest(&mut members)?;
    Ok(members)
}

/// The page that goes with an export.
pub fn readme(page: &Descriptor, digest: &str, engine: &str) -> String {
    let release = &page.release;
    let places =
        [("title", release.title.as_str()), ("database", &release.database), ("digest", digest), ("engine", engine)];
    fill(include_str!("../frames/readme.md"), &places)
}

impl Composer<'_> {
    /// Preflight, the tiers with their rollbacks, verify, and the executors for psql.
    fn release(&self, members: &mut Files) -> Result<(), String> {
        let (page, rows) = (self.page, self.rows);
        let mut add = |file: &str, text| members.insert(format!("sql/{file}"), text);
        let preflight = Parts {
            guard: script::locks(&Locks::of_preflight(page), true) + "\n" + &self.preflight()?,
            body: "-- Nothing: preflight only reads.\n".to_owned(),
            assert: self.checks(&Rows::listed(&page.preflight.after))?,
            writes: false,
        };
        add(&page.preflight.file, preflight.text(&self.title("preflight"), script::PREFLIGHT));
        for tier in &page.tiers {
            let (why, body) = self.body(&format!("{}/up.sql", tier.folder))?;
            let mut guard =
                script::locks(&Locks::of_tier(page, tier), false) + "\n" + &self.checks(&rows.up_guard(tier))?;
            if let Some(kinds) = self.unchanged(tier) {
                guard.push('\n');
                guard.push_str(&script::note(&kinds));
            }
            let assert = self.checks(&Rows::up_assert(tier))? + "\n" + &script::approvals(page);
            let up = Parts { guard, body, assert, writes: true };
            let title = self.title(&format!("tier {}: {}", tier.number, tier.title));
            add(&tier.file, up.text(&title, &self.about_up(tier, &why)));

            let (why, body) = self.body(&format!("{}/down.sql", tier.folder))?;
            let locks = script::locks(&Locks::of_rollback(page, tier), false);
            let guard = locks + "\n" + &self.checks(&rows.down_guard(tier))?;
            let down = Parts { guard, body, assert: self.checks(&Rows::down_assert(tier))?, writes: true };
            let title = self.title(&format!("rollback of tier {}: {}", tier.number, tier.name));
            add(&tier.undo, down.text(&title, &self.about_down(tier, &why)));
        }
        let verify = Parts {
            guard: self.checks(&rows.verify_guard())?,
            body: "-- Nothing: verify only reads.\n".to_owned(),
            assert: self.checks(&rows.verify())?,
            writes: false,
        };
        add(&page.verify.file, verify.text(&self.title("verify"), script::VERIFY));
        add("prod/99_run_all.sql", self.run_all());
        add("prod_rollback/99_rollback_full.sql", self.rollback_full());
        add("prod_verify/states.sql", self.states()?);
        Ok(())
    }

    /// Actions, revalidations and the shadow.
    fn rest(&self, members: &mut Files) -> Result<(), String> {
        let (page, rows) = (self.page, self.rows);
        let mut add = |file: &str, text| members.insert(format!("sql/{file}"), text);
        for action in &page.actions {
            let (why, body) = self.body(&format!("actions/{}.sql", action.run.name))?;
            let locks = script::locks(&Locks::of_action(page, action), false);
            let guard = locks + "\n" + &self.checks(&Rows::action_guard(action))?;
            let parts = Parts { guard, body, assert: self.checks(&Rows::listed(&action.run.after))?, writes: true };
            let title = self.title(&format!("after the release: {}", action.run.title));
            add(&action.run.file, parts.text(&title, &script::about_action(action, &why)));
        }
        for one in &page.revalidations {
            let body =
                if one.body.is_empty() { "-- Nothing: it only reads.\n".to_owned() } else { self.body(&one.body)?.1 };
            let parts = Parts {
                guard: self.checks(&Rows::revalidation_guard(one))?,
                body,
                assert: self.checks(&rows.revalidation_assert(one))?,
                writes: false,
            };
            let title = self.title(&format!("clone revalidation {}: {}", one.run.name.to_uppercase(), one.run.title));
            add(&one.run.file, parts.text(&title, &script::about_revalidation(one)));
        }
        if let Some(shadow) = &page.shadow {
            let names = Renamed::of(page, &shadow.schema);
            let tiers = rows.of_shadow(shadow);
            let mut deploy = Parts {
                guard: self.checks(&Rows::deploy_guard())?,
                body: format!("CREATE SCHEMA {};\n", shadow.schema),
                assert: names.apply(&self.checks(&rows.deploy_assert(shadow))?),
                writes: true,
            };
            let mut removal = String::new();
            for tier in &tiers {
                // Behind the schema, which is new.
                if let Some(kinds) = self.unchanged(tier) {
                    deploy.body.push_str(&format!("\n{}", script::note(&kinds)));
                }
                deploy.body.push_str(&format!("\n{}", names.apply(&self.body(&format!("{}/up.sql", tier.folder))?.1)));
                removal
                    .insert_str(0, &format!("{}\n", names.apply(&self.body(&format!("{}/down.sql", tier.folder))?.1)));
            }
            let drop = Parts {
                guard: names.apply(&self.checks(&rows.drop_guard(shadow))?),
                body: format!("{removal}DROP SCHEMA {};\n", shadow.schema),
                assert: names.apply(&self.checks(&rows.drop_assert(shadow))?),
                writes: true,
            };
            add(&shadow.deploy, deploy.text(&self.title("shadow, put there"), &script::about_shadow(shadow, "deploy")));
            add(&shadow.drop, drop.text(&self.title("shadow, removed"), &script::about_shadow(shadow, "drop")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
