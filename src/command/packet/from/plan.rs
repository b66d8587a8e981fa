//! Reads the texts of `sqitch.plan` and `sqitch.conf`.

use super::SourceRefusal;
use std::collections::BTreeMap;

/// The contents of a plan.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub project: String,
    pub changes: Vec<Change>,
    /// Tags, each with the number of changes before it.
    pub tags: Vec<(String, usize)>,
}

/// A change of the plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub line: u32,
    pub name: String,
    /// The planner's note about the change.
    pub note: String,
    /// Changes of other projects that this change needs.
    pub others: Vec<String>,
}

impl Plan {
    /// Reads the plan. `shown` is its path for error messages.
    pub(super) fn read(shown: &str, text: &str) -> Result<Self, SourceRefusal> {
        let mut plan = Self::default();
        for (line, number) in text.lines().zip(1_u32..) {
            let refused = |what: &str, cure: &str| Err(SourceRefusal::new(format!("{shown}:{number}"), what, cure));
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(pragma) = line.strip_prefix('%') {
                let (key, value) = pragma.split_once('=').unwrap_or((pragma, ""));
                match (key.trim(), value.trim()) {
                    ("project", value) => value.clone_into(&mut plan.project),
                    ("syntax-version", value) if !value.starts_with("1.") => {
                        return refused(
                            &format!("version {value} of the plan's syntax is not supported"),
                            "Save the plan in syntax version 1.0.0.",
                        );
                    }
                    _ => {}
                }
            } else if let Some(tag) = line.strip_prefix('@') {
                let name = tag.split_whitespace().next().unwrap_or_default();
                plan.tags.push((name.to_owned(), plan.changes.len()));
            } else if line.starts_with('-') {
                let cure = "Take the line out, and the line of the change that it reverts.";
                return refused("the plan reverts a change", cure);
            } else {
                plan.changes.push(change(number, line.strip_prefix('+').unwrap_or(line).trim_start()));
            }
        }
        Ok(plan)
    }

    /// The changes after a tag, or all changes. A change that was reworked is refused.
    pub(super) fn since(&self, shown: &str, tag: Option<&str>) -> Result<&[Change], SourceRefusal> {
        let begin = match tag.map(|tag| tag.strip_prefix('@').unwrap_or(tag)) {
            None => 0,
            Some(wanted) => {
                self.tags.iter().find(|(name, _)| name == wanted).map(|(_, before)| *before).ok_or_else(|| {
                    let names: Vec<String> = self.tags.iter().map(|(name, _)| format!("@{name}")).collect();
                    let cure = if names.is_empty() {
                        "Leave --since out: the plan has no tags.".to_owned()
                    } else {
                        format!("Give a tag of the plan: {}.", names.join(", "))
                    };
                    SourceRefusal::new(shown, format!("it has no tag @{wanted}"), cure)
                })?
            }
        };
        let wanted = &self.changes[begin..];
        let reworked =
            wanted.iter().find(|change| self.changes.iter().filter(|other| other.name == change.name).count() > 1);
        if let Some(change) = reworked {
            let last =
                self.changes.iter().rfind(|other| other.name == change.name).map_or(change.line, |other| other.line);
            let what = format!("{} is reworked: its name is in the plan twice", change.name);
            let cure = "Give the rework a name and scripts of its own; its revert script must restore the earlier version of the change.";
            return Err(SourceRefusal::new(format!("{shown}:{last}"), what, cure));
        }
        Ok(wanted)
    }
}

/// Reads a change, in the form `name [needs] time planner <address> # note`.
fn change(line: u32, text: &str) -> Change {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim_start();
    let (needs, rest) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", rest));
    let others = needs.split_whitespace().filter(|need| need.contains(':') && !need.starts_with('!'));
    let behind = rest.rfind('>').filter(|at| !rest[..*at].contains(" # ")).map_or(rest, |at| &rest[at + 1..]);
    let note = behind.split_once('#').map_or("", |(_, note)| note.trim());
    let note = note.replace("\\n", " ").replace("\\r", " ").replace("\\\\", "\\");
    Change { line, name: name.to_owned(), note, others: others.map(str::to_owned).collect() }
}

/// The settings of a `sqitch.conf`, by `section.key`. The section of the PostgreSQL engine is read as the section `core`.
pub(super) fn settings(text: &str) -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            let name = name.0.trim().to_ascii_lowercase();
            section = if name == "engine \"pg\"" { "core".to_owned() } else { name };
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim();
            let value = match value.strip_prefix('"').and_then(|value| value.split_once('"')) {
                Some((value, _)) => value,
                None => value.split([';', '#']).next().unwrap_or_default().trim(),
            };
            found.insert(format!("{section}.{}", key.trim().to_ascii_lowercase()), value.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "\
%syntax-version=1.0.0
%project=flipr

# The beginning.
appschema 2013-12-31T21:04:04Z Ada <ada@example.org> # App schema, \\\\ and\\nmore.
users [appschema base:roles !old] 2013-12-31T22:32:12Z Ada L. <ada@example.org> # Users # and <all>
@v1.0 2014-01-01T00:01:11Z Ada <ada@example.org> # Tag.

+lists [users] 2014-01-02T00:01:11Z Ada <ada@example.org>
";

    #[test]
    fn a_plan_is_read_with_its_notes_and_tags() {
        let plan = Plan::read("p", PLAN).unwrap();
        assert_eq!(plan.project, "flipr");
        let names: Vec<&str> = plan.changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["appschema", "users", "lists"]);
        assert_eq!(plan.changes[0].note, "App schema, \\ and more.");
        assert_eq!((plan.changes[1].line, plan.changes[1].others.as_slice()), (6, &["base:roles".to_owned()][..]));
        assert_eq!(plan.changes[2].note, "");
        for tag in ["v1.0", "@v1.0"] {
            assert_eq!(plan.since("p", Some(tag)).unwrap(), &plan.changes[2..]);
        }
        assert_eq!(plan.since("p", None).unwrap().len(), 3);
        let unknown = plan.since("p", Some("v2")).unwrap_err();
        assert_eq!(
            (unknown.what.as_str(), unknown.cure.as_str()),
            ("it has no tag @v2", "Give a tag of the plan: @v1.0.")
        );
    }

    #[test]
    fn what_a_packet_cannot_hold_is_refused_by_line() {
        let reworked = format!("{PLAN}users [users@v1.0] 2015-01-01T00:00:00Z Ada <a@example.org> # Again\n");
        let plan = Plan::read("p", &reworked).unwrap();
        assert_eq!(plan.since("p", Some("v1.0")).unwrap_err().place, "p:10");
        assert_eq!(Plan::read("p", &format!("{PLAN}-users 2015\n")).unwrap_err().place, "p:10");
        assert_eq!(Plan::read("p", "%syntax-version=2.0.0\n").unwrap_err().place, "p:1");
    }

    #[test]
    fn settings_are_those_of_the_core_and_of_postgresql() {
        let text = "[core]\n\tengine = pg ; why\n\ttop_dir = \"db dir\"\n[engine \"pg\"]\n  deploy_dir = d # x\n[user]\nname = Ada\n";
        let found = settings(text);
        assert_eq!(found["core.top_dir"], "db dir");
        assert_eq!((found["core.engine"].as_str(), found["core.deploy_dir"].as_str()), ("pg", "d"));
    }
}
